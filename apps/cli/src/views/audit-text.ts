import type { AuditEntry } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'

export function auditTable(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'There is no change.'
  const rows = entries.map(({ revision, at, actor, address, action, fields = [], ...entry }) => [
    revision,
    at,
    actor,
    address,
    action,
    fields.join(', '),
    subjectsOf(entry),
  ])
  return table(['REVISION', 'AT', 'ACTOR', 'ADDRESS', 'ACTION', 'FIELDS', 'SUBJECTS'], rows)
}

function subjectsOf({ subjects, subjectCount }: Pick<AuditEntry, 'subjects' | 'subjectCount'>): string {
  const more = subjectCount - subjects.length
  return more > 0 ? `${subjects.join(', ')} and ${more} more` : subjects.join(', ')
}
