import type { LastProbe } from '@mtls-gateway/contract'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Badge } from '../../ui/badge.tsx'
import { Card } from '../../ui/card.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Notice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Url } from '../../ui/url.tsx'

const columns: readonly Column<LastProbe['results'][number]>[] = [
  { head: 'Url', cell: ({ url }) => <Url url={url} /> },
  {
    head: 'Result',
    cell: ({ result }) => (result === 'ok' ? <Badge tone="good">Accepted</Badge> : <Badge tone="bad">Failed</Badge>),
  },
  { head: 'Certificate', cell: ({ clientCertificate }) => clientCertificate },
  { head: 'Answer', kind: 'word', cell: ({ status, code }) => code ?? status ?? 'none' },
]

/** How the last probe of the staged version ended. */
export function ProbeCard({ probe, certificateId }: { readonly probe: LastProbe; readonly certificateId: number }) {
  const { at, ok, results, omitted } = probe
  return (
    <Card
      title="Last probe of the next version"
      action={<ChangeLink to={paths.rotate(useAccountId(), certificateId)}>Continue the rotation</ChangeLink>}
    >
      <Notice
        tone={ok ? 'good' : 'bad'}
        title={ok ? 'Every target that was tried accepts it' : 'Not every target accepts it'}
      >
        Probed <Time at={at} />.
      </Notice>
      {results.length > 0 && (
        <Table
          label="Probed urls"
          columns={columns}
          rows={results}
          keyOf={({ url, mappingId }) => `${mappingId} ${url}`}
        />
      )}
      {omitted > 0 && <p>{omitted} more targets were tried.</p>}
    </Card>
  )
}
