import type { AuditEntry } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { changesOfQuery } from '../../api/certificate-parts.ts'
import { useMissingScope } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { ActionCode } from '../../ui/action-code.tsx'
import { Answered } from '../../ui/answered.tsx'
import { Card } from '../../ui/card.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const columns: readonly Column<AuditEntry>[] = [
  { head: 'When', cell: ({ at }) => <Time at={at} /> },
  { head: 'Who', cell: ({ actor }) => actorName(actor) },
  { head: 'Action', kind: 'word', cell: ({ action }) => <ActionCode action={action} /> },
  { head: 'Fields', cell: ({ fields = [] }) => (fields.length === 0 ? '–' : fields.join(', ')) },
  { head: 'From', kind: 'word', cell: ({ address }) => address },
]

/** Who changed the certificate. */
export function AuditCard({ certificateId }: { readonly certificateId: number }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:admin')
  const query = useQuery({ ...changesOfQuery(accountId, certificateId), enabled: missingScope === undefined })
  const changes = query.data?.body ?? []
  return (
    <Card
      title="Audit"
      action={
        missingScope === undefined && (
          <Link to={paths.audit(accountId, { subject: String(certificateId) })}>All changes</Link>
        )
      }
    >
      {missingScope !== undefined ? (
        <p>{missingScope}</p>
      ) : (
        <Answered query={query} label="Loading its changes">
          {changes.length > 0 ? (
            <Table label="Changes" columns={columns} rows={changes} keyOf={({ revision }) => revision} />
          ) : (
            <p>No changes recorded.</p>
          )}
        </Answered>
      )}
    </Card>
  )
}
