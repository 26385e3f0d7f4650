import { type AuditEntry, type ChangeQuery, defaultAuditPage } from '@mtls-gateway/contract'
import type { AccountId, Change } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, readCursor, readLimit, unknownCursor, writeCursor } from '../http/page.ts'
import { changeFilter } from './change-filter.ts'

/** The changes of an account. Always paged, because their number has no limit. */
export class AuditTrail {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  /**
   * Newest first, and how many changes were looked at for it.
   * @throws CodedError `LIMIT_EXCEEDED`, `CURSOR_UNKNOWN`
   */
  async list(
    accountId: AccountId,
    query: ChangeQuery,
  ): Promise<Versioned<Page<AuditEntry>> & { readonly lookedAt: number }> {
    const limit = readLimit(query.limit ?? defaultAuditPage)
    const before = query.cursor === undefined ? undefined : readRevision(query.cursor)
    const found = await this.#writer.changes(accountId, { before, limit, ...changeFilter(query) })
    const next = found.next === undefined ? undefined : writeCursor(String(found.next))
    const value = { items: found.changes.map(viewChange), next }
    return { value, revision: found.account.revision, lookedAt: found.lookedAt }
  }
}

function readRevision(cursor: string): number {
  const revision = Number(readCursor(cursor))
  if (!Number.isSafeInteger(revision)) throw unknownCursor()
  return revision
}

/** What others may see of it: the id of a change is only for whoever made it. */
export function viewChange({ changeId: _, ...entry }: Change): AuditEntry {
  return entry
}
