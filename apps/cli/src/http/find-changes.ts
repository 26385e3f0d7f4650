import { pagesOf } from '@mtls-gateway/client'
import type { AuditEntry } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'

/** What is looked for in the audit trail: an entry has all that is given. */
export interface ChangeFilter {
  /** `mappings.update`; `mappings.*` for all of that kind. */
  readonly action?: string | undefined
  readonly actor?: string | undefined
  /** An id or a name, as it is in the entry. */
  readonly subject?: string | undefined
  readonly since?: Date | undefined
  /** Itself not included. */
  readonly until?: Date | undefined
}

export interface FoundChanges {
  readonly entries: readonly AuditEntry[]
  /** There are more that fit. */
  readonly hasMore: boolean
}

/** The most that one request can ask for. */
const pageEntries = 1_000

/** The newest changes that fit, up to so many. Reads the audit trail page by page, and no further than it has to. */
export async function findChanges(
  configApi: Connection['configApi'],
  filter: ChangeFilter,
  most: number,
): Promise<FoundChanges> {
  const entries: AuditEntry[] = []
  for await (const { body } of pagesOf(configApi.listChanges, { query: { limit: pageEntries } })) {
    for (const entry of body) {
      if (filter.since !== undefined && new Date(entry.at) < filter.since) return { entries, hasMore: false }
      if (!fits(entry, filter)) continue
      if (entries.length === most) return { entries, hasMore: true }
      entries.push(entry)
    }
  }
  return { entries, hasMore: false }
}

function fits(entry: AuditEntry, { action, actor, subject, until }: ChangeFilter): boolean {
  if (until !== undefined && new Date(entry.at) >= until) return false
  if (actor !== undefined && entry.actor !== actor) return false
  if (subject !== undefined && !entry.subjects.includes(subject)) return false
  if (action === undefined) return true
  return action.endsWith('*') ? entry.action.startsWith(action.slice(0, -1)) : entry.action === action
}
