import type { Certificate } from '@mtls-gateway/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificatesQuery, readCertificatesCsv } from '../../api/certificates.ts'
import { monthName } from '../../format/month-name.ts'
import { planStandingOf } from '../../format/plan-standing.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters, whole } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { Badge, Badges } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CertificateStatus } from '../../ui/certificate-status.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { CsvButton } from '../../ui/csv-button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Facts } from '../../ui/facts.tsx'
import { SelectField } from '../../ui/field.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import { SortField, useSort } from '../../ui/sort-field.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'

/** Filters by which links of other pages come here. */
const linked = { issuer: text, keyType: text, plan: text, revoked: text, expiresIn: text }
const readers = { search: text, status: text, clientAuth: text, expiringWithinDays: whole, ...linked }

/** Beside those that expire soon: which of them are needed most. */
const traffic: Column<Certificate> = {
  head: 'Calls in 90 days',
  kind: 'number',
  cell: ({ usage }) => (usage === undefined ? '–' : usage.calls.toLocaleString('en')),
}

const columns: readonly Column<Certificate>[] = [
  { head: 'Name', minWidth: '15em', cell: (certificate) => <CertificateLink certificate={certificate} /> },
  { head: 'Subject', cell: ({ subject }) => <LongText text={subject} /> },
  { head: 'Issuer', minWidth: '10em', cell: ({ issuer }) => <LongText text={issuer ?? '–'} /> },
  { head: 'Expires', cell: ({ expirationDate }) => (expirationDate === null ? '–' : <Time at={expirationDate} />) },
  { head: 'Last used', cell: (certificate) => <LastUsed certificate={certificate} /> },
  {
    head: 'Status',
    cell: (certificate) => (
      <Badges>
        <CertificateStatus certificate={certificate} />
        {certificate.staged && <Badge tone="accent">Next version staged</Badge>}
      </Badges>
    ),
  },
]

/** The certificates of the account; search and filters are in the url. */
export function CertificatesPage() {
  const accountId = useAccountId()
  const { filters, narrow, isNarrowed } = useFilters(readers)
  // Among those that expire soon, the most urgent come first.
  const sorting = useSort(filters.expiringWithinDays === undefined ? 'name' : 'expires')
  const asked = { ...filters, sort: sorting.sort }
  const list = useInfiniteQuery(certificatesQuery(accountId, asked))
  const shown = list.data?.entries ?? []
  // Then there is nothing to search, and the way on stands where the list would. What stays from before a filter was
  // removed says nothing of the whole list.
  const isPart = isNarrowed || list.isPlaceholderData
  const isEmpty = list.data?.entries.length === 0 && !isPart
  const add = (
    <ChangeLink to={paths.addCertificate(accountId)} look="primary">
      Add a certificate
    </ChangeLink>
  )
  return (
    <>
      <PageHeader
        title="Certificates"
        actions={
          <>
            {(isNarrowed || shown.length > 0) && add}
            <ChangeLink to={paths.requestCertificate(accountId)}>Make a signing request</ChangeLink>
          </>
        }
      />
      {!isEmpty && (
        <Toolbar>
          <SearchField
            label="Search by name or subject"
            value={filters.search}
            onSearch={(search) => narrow({ search })}
          />
          <SelectField
            label="Status"
            value={filters.status ?? ''}
            onChange={(event) => narrow({ status: event.target.value || undefined })}
          >
            <option value="">All</option>
            <option value="Available">Available</option>
            <option value="Expired">Expired</option>
            <option value="PendingSignature">Waiting for signature</option>
            <option value="UnAvailable">Key lost</option>
          </SelectField>
          <SelectField
            label="Expires"
            value={filters.expiringWithinDays ?? ''}
            onChange={(event) => narrow({ expiringWithinDays: whole(event.target.value) })}
          >
            <option value="">Any time</option>
            {withinDays(filters.expiringWithinDays).map((days) => (
              <option key={days} value={days}>
                Within {days} days
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Meant for clients"
            value={filters.clientAuth ?? ''}
            onChange={(event) => narrow({ clientAuth: event.target.value || undefined })}
          >
            <option value="">All</option>
            <option value="present">Yes (clientAuth)</option>
            <option value="absent">No</option>
            <option value="unrestricted">For any use</option>
          </SelectField>
          <SortField sorting={sorting} />
        </Toolbar>
      )}
      <LinkedFilters
        filters={filters}
        onClear={() =>
          narrow({ issuer: undefined, keyType: undefined, plan: undefined, revoked: undefined, expiresIn: undefined })
        }
      />
      <PagedTable
        label="Certificates"
        columns={filters.expiringWithinDays === undefined ? columns : [...columns, traffic]}
        keyOf={({ id }) => id}
        list={list}
        actions={<CsvButton name="certificates" read={() => readCertificatesCsv(accountId, asked)} />}
        narrowed={isPart ? 'Change the search or the filters.' : undefined}
        empty={
          <Empty title="No certificates yet" action={add}>
            The gateway presents a certificate to targets that ask their callers for one.
          </Empty>
        }
      />
    </>
  )
}

type Filters = ReturnType<typeof useFilters<typeof readers>>['filters']

/** What the list is narrowed by beside the fields above it. */
function LinkedFilters({ filters, onClear }: { readonly filters: Filters; readonly onClear: () => void }) {
  const { issuer, keyType, plan, revoked, expiresIn } = filters
  const facts = {
    Issuer: issuer && <LongText text={issuer} />,
    Key: keyType,
    'Renewal plan': plan && planStandingOf(plan),
    Revoked: revoked && (revoked === 'true' ? 'Yes' : 'No'),
    'Expires in': expiresIn && monthName(expiresIn),
  }
  if (Object.values(facts).every((value) => value === undefined)) return null
  return (
    <Card
      title="Only these certificates"
      action={
        <Button look="quiet" onClick={onClear}>
          Show all
        </Button>
      }
    >
      <Facts facts={facts} />
    </Card>
  )
}

/** Nothing is said while it can't be known. */
function LastUsed({ certificate: { usage } }: { readonly certificate: Certificate }) {
  if (usage === undefined) return '–'
  return usage.lastUsedAt === null ? 'Not in 90 days' : <Time at={usage.lastUsedAt} />
}

/** Also one that only the url names. */
function withinDays(chosen: number | undefined): readonly number[] {
  const days = new Set([7, 30, 90, ...(chosen === undefined ? [] : [chosen])])
  return [...days].sort((a, b) => a - b)
}

function CertificateLink({ certificate: { id, name } }: { readonly certificate: Certificate }) {
  return (
    <Link to={paths.certificate(useAccountId(), id)}>
      <LongText text={name} />
    </Link>
  )
}
