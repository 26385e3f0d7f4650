import { type AuditEntry, defaultAuditPage, type PageQuery } from '@mtls-gateway/contract'
import type { AccountId, Change } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import { type Page, readCursor, readLimit, unknownCursor, writeCursor } from '../http/page.ts'

/** The changes of an account. Always paged, because their number has no limit. */
export class AuditTrail {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  /** Newest first. @throws CodedError `LIMIT_EXCEEDED`, `VALIDATION_FAILED` */
  async list(accountId: AccountId, query: PageQuery): Promise<Versioned<Page<AuditEntry>>> {
    const limit = readLimit(query.limit ?? defaultAuditPage)
    const before = query.cursor === undefined ? undefined : readRevision(query.cursor)
    const { account, changes } = await this.#writer.changes(accountId, { before, limit: limit + 1 })
    const page = changes.slice(0, limit)
    const next = changes.length > limit ? writeCursor(String(page.at(-1)?.revision)) : undefined
    return { value: { items: page.map(viewChange), next }, revision: account.revision }
  }
}

function readRevision(cursor: string): number {
  const revision = Number(readCursor(cursor))
  if (!Number.isSafeInteger(revision)) throw unknownCursor()
  return revision
}

function viewChange({ changeId: _, ...entry }: Change): AuditEntry {
  return entry
}
