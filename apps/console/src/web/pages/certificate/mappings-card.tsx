import type { CertificateDetails, Mapping, Service } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { mappingsOfQuery } from '../../api/certificate-parts.ts'
import { servicesQuery } from '../../api/services.ts'
import { nameOf } from '../../format/name-of.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { Card } from '../../ui/card.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { MappingState } from '../../ui/mapping-state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Url, urlMinWidth } from '../../ui/url.tsx'

/** Which calls present the certificate. */
export function MappingsCard({ certificate: { id, status } }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const query = useQuery(mappingsOfQuery(accountId, id))
  const { data: services = [] } = useQuery(servicesQuery(accountId))
  const mappings = query.data?.body ?? []
  const map = <ChangeLink to={paths.newMapping(accountId, { certificateId: id })}>Map a url</ChangeLink>
  return (
    <Card
      title="Mappings"
      action={mappings.length > 0 && <Link to={paths.mappings(accountId, { certificateId: id })}>All mappings</Link>}
    >
      <Answered query={query} label="Loading its mappings">
        {mappings.length > 0 ? (
          <Table
            label="Mappings"
            columns={columnsFor(services)}
            rows={mappings}
            keyOf={({ id: mappingId }) => mappingId}
          />
        ) : (
          <Empty title="No mappings yet" action={status === 'PendingSignature' ? undefined : map}>
            {status === 'PendingSignature'
              ? 'Once your CA has signed it, you can map a url to it.'
              : 'Map a url to have calls to it present this certificate.'}
          </Empty>
        )}
      </Answered>
    </Card>
  )
}

function columnsFor(services: readonly Service[]): readonly Column<Mapping>[] {
  return [
    { head: 'Name', minWidth: '10em', cell: ({ id, name }) => <MappingLink id={id} name={name} /> },
    { head: 'Service', kind: 'word', cell: ({ serviceId }) => nameOf(services, serviceId) },
    { head: 'Url', minWidth: urlMinWidth, cell: ({ url }) => <Url url={url} /> },
    { head: 'State', kind: 'word', cell: (mapping) => <MappingState mapping={mapping} /> },
  ]
}

function MappingLink({ id, name }: Pick<Mapping, 'id' | 'name'>) {
  return (
    <Link to={paths.mapping(useAccountId(), id)}>
      <LongText text={name} />
    </Link>
  )
}
