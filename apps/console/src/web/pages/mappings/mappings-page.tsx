import type { Mapping } from '@mtls-gateway/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useLocation, useSearch } from 'wouter'
import { certificatesByIdQuery, type NamedCertificate } from '../../api/known-certificates.ts'
import { mappingsQuery, readMappingsCsv } from '../../api/mappings.ts'
import { servicesQuery } from '../../api/services.ts'
import { nameOf } from '../../format/name-of.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { flag, text, useFilters } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { CertificateField } from '../../ui/certificate-field.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { CsvButton } from '../../ui/csv-button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Expires } from '../../ui/expires.tsx'
import { SelectField } from '../../ui/field.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { MappingState } from '../../ui/mapping-state.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { SortField, useSort } from '../../ui/sort-field.tsx'
import type { Column } from '../../ui/table.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'
import { Url, urlMinWidth } from '../../ui/url.tsx'
import { BulkChanges } from './bulk-changes.tsx'
import { MappingPanel } from './mapping-panel.tsx'
import { NewMappingPanel } from './new-mapping-panel.tsx'
import { useSelection } from './use-selection.ts'

const readers = { search: text, service: text, certificateId: text, enable: flag }
/** What a new mapping begins with. */
const chosenReaders = { certificateId: text, serviceId: text, url: text }

/** Which certificate goes where. `panel`: `new`, or the id of the mapping that is open beside the list. */
export function MappingsPage({ panel }: { readonly panel: string | undefined }) {
  const accountId = useAccountId()
  const search = useSearch()
  const [, navigate] = useLocation()
  const { filters, narrow, isNarrowed } = useFilters(readers)
  const { filters: chosen } = useFilters(chosenReaders)
  const { data: services = [] } = useQuery(servicesQuery(accountId))
  const sorting = useSort()
  const asked = { ...filters, sort: sorting.sort }
  const list = useInfiniteQuery(mappingsQuery(accountId, asked))
  const shown = list.data?.entries ?? []
  const selection = useSelection(JSON.stringify([accountId, filters]))
  const certificateIds = shown.map(({ certificationId }) => certificationId)
  const { data: used = [] } = useQuery(certificatesByIdQuery(accountId, certificateIds))
  // Then there is nothing to search, and the way on stands where the list would. What stays from before a filter was
  // removed says nothing of the whole list.
  const isPart = isNarrowed || list.isPlaceholderData
  const isEmpty = list.data?.entries.length === 0 && !isPart
  // The list behind the panel stays as it is narrowed.
  const beside = (path: string) => {
    const kept = new URLSearchParams(search)
    for (const name of ['serviceId', 'url']) kept.delete(name)
    return kept.size === 0 ? path : `${path}?${kept}`
  }
  const close = () => navigate(beside(paths.mappings(accountId)))
  const add = (
    <ChangeLink to={beside(paths.newMapping(accountId))} look="primary">
      Map a url
    </ChangeLink>
  )
  // What a list is sorted by is seen in it.
  const isByExpiry = sorting.sort.endsWith('expires')
  const columns: readonly Column<Mapping>[] = [
    {
      head: 'Name',
      minWidth: '10em',
      cell: ({ id, name }) => (
        <Link to={beside(paths.mapping(accountId, id))}>
          <LongText text={name} />
        </Link>
      ),
    },
    { head: 'Service', kind: 'word', cell: ({ serviceId }) => nameOf(services, serviceId) },
    { head: 'Url', minWidth: urlMinWidth, cell: ({ url }) => <Url url={url} /> },
    {
      head: 'Certificate',
      cell: ({ certificationId }) => (
        <>
          <Link to={paths.certificate(accountId, certificationId)}>
            <LongText text={nameOf(used, certificationId)} />
          </Link>
          {isByExpiry && <ExpiryOf certificate={used.find(({ id }) => id === certificationId)} />}
        </>
      ),
    },
    { head: 'State', kind: 'word', cell: (mapping) => <MappingState mapping={mapping} /> },
  ]
  return (
    <>
      <PageHeader title="Mappings" actions={(isNarrowed || shown.length > 0) && add}>
        Which certificate each service presents to which url.
      </PageHeader>
      {!isEmpty && (
        <Toolbar>
          <SearchField
            label="Search by name or url"
            value={filters.search}
            onSearch={(given) => narrow({ search: given })}
          />
          <CertificateField
            placeholder="All"
            value={filters.certificateId ?? ''}
            onChange={(certificateId) => narrow({ certificateId: certificateId || undefined })}
          />
          <SelectField
            label="Service"
            value={filters.service ?? ''}
            onChange={(event) => narrow({ service: event.target.value || undefined })}
          >
            <option value="">All</option>
            {services.map(({ id, name }) => (
              <option key={id} value={name}>
                {name}
              </option>
            ))}
          </SelectField>
          <SelectField
            label="State"
            value={String(filters.enable ?? '')}
            onChange={(event) => narrow({ enable: flag(event.target.value) })}
          >
            <option value="">All</option>
            <option value="true">Enabled</option>
            <option value="false">Disabled</option>
          </SelectField>
          <SortField sorting={sorting} />
        </Toolbar>
      )}
      <BulkChanges
        selection={selection}
        filters={asked}
        total={list.data?.total}
        nameOf={(id) => shown.find((mapping) => mapping.id === id)?.name}
      />
      <PagedTable
        label="Mappings"
        selection={selection}
        columns={columns}
        keyOf={({ id }) => id}
        list={list}
        actions={<CsvButton name="mappings" read={() => readMappingsCsv(accountId, asked)} />}
        narrowed={isPart ? 'Change the search or the filters.' : undefined}
        empty={
          <Empty title="No mappings yet" action={add}>
            A mapping says which certificate a service presents when it calls a url.
          </Empty>
        }
      />
      {panel === 'new' && <NewMappingPanel chosen={chosen} onClose={close} />}
      {panel !== undefined && panel !== 'new' && <MappingPanel key={panel} mappingId={panel} onClose={close} />}
    </>
  )
}

function ExpiryOf({ certificate }: { readonly certificate: NamedCertificate | undefined }) {
  if (certificate === undefined) return null
  const { expirationDate } = certificate
  return <small>{expirationDate === null ? 'waits for its signature' : <Expires at={expirationDate} />}</small>
}
