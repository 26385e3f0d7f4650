import { nextPageQuery } from '@mtls-gateway/client'
import type { AuditEntry, ChangeQuery } from '@mtls-gateway/contract'
import type { Connection } from './connection.ts'

export interface FoundChanges {
  readonly entries: readonly AuditEntry[]
  /** Where there may be others. */
  readonly cursor: string | undefined
}

/**
 * The newest changes that fit, up to so many. The service looks at a part of the audit trail for each request, and a
 * page may have none.
 */
export async function findChanges(
  configApi: Connection['configApi'],
  { cursor: from, ...filter }: Omit<ChangeQuery, 'limit'>,
  most: number,
): Promise<FoundChanges> {
  const entries: AuditEntry[] = []
  let cursor = from
  for (;;) {
    const page = await configApi.listChanges({ query: { ...filter, limit: most - entries.length, cursor } })
    entries.push(...page.body)
    const next = nextPageQuery(page)?.cursor
    // The same again would lead nowhere.
    if (next === undefined || next === cursor || entries.length >= most) return { entries, cursor: next }
    cursor = next
  }
}
