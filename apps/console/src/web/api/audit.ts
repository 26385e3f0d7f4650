import { pagedQuery } from './lists.ts'
import { clientOf } from './page-client.ts'

export interface AuditFilters {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly subject?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export function auditQuery(accountId: string, filters: AuditFilters) {
  return pagedQuery([accountId, 'audit', filters], (page, signal) =>
    clientOf(accountId).listChanges({ query: { ...filters, ...page }, signal }),
  )
}
