import type { RecentCall } from '@mtls-gateway/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { callsQuery } from '../../api/calls.ts'
import { mappingNamesQuery } from '../../api/mappings.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters, whole } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { callReason } from '../../ui/call-reason.ts'
import { DayFields } from '../../ui/day-fields.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Empty } from '../../ui/empty.tsx'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Breakable, LongText } from '../../ui/long-text.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'
import { CallDetails } from './call-details.tsx'
import { CallOutcome, outcomeWords } from './call-outcome.tsx'
import { callsCommand } from './calls-command.ts'
import { MappingField } from './mapping-field.tsx'

const readers = { outcome: text, mappingId: whole, code: text, url: text, requestId: text, since: text, until: text }
const followMs = 3_000
/** Most urls in one line, where the screen is wide. */
const callMinWidth = 'min(28em, 34cqw)'

/** Recent calls of the account: what failed and why, and some of those that succeeded. */
export function CallsPage() {
  const accountId = useAccountId()
  const { filters, narrow, isNarrowed } = useFilters(readers)
  const [isFollowed, setFollowed] = useState(false)
  const [shown, setShown] = useState<RecentCall>()
  const list = useInfiniteQuery({
    ...callsQuery(accountId, filters),
    refetchInterval: ({ state }) => (isFollowed && state.status !== 'error' ? followMs : false),
  })
  const mappings = useQuery(mappingNamesQuery(accountId, mappingIdsOf(list.data?.entries ?? [])))
  const areNamed = mappings.isSuccess && !mappings.isPlaceholderData
  const columns: readonly Column<RecentCall>[] = [
    { head: 'When', cell: ({ at }) => <Time at={at} /> },
    { head: 'Outcome', cell: ({ outcome }) => <CallOutcome outcome={outcome} /> },
    {
      head: 'Call',
      minWidth: callMinWidth,
      cell: ({ method, url, serviceName, mappingId }) => (
        <>
          <code>
            <LongText text={`${method} ${url ?? '–'}`} />
          </code>
          {serviceName !== undefined && <small>{serviceName}</small>}
          {mappingId !== undefined && (
            <small>
              {' '}
              by <MappingLink id={mappingId} names={mappings.data} areComplete={areNamed} />
            </small>
          )}
        </>
      ),
    },
    { head: 'Why', minWidth: 'min(14em, 16cqw)', cell: (call) => <Why call={call} /> },
    { head: 'Took', kind: 'number', cell: ({ ms }) => `${Math.round(ms)} ms` },
    {
      head: 'Details',
      kind: 'actions',
      cell: (call) => (
        <Button look="quiet" aria-label={`Details of ${call.method} ${call.url ?? ''}`} onClick={() => setShown(call)}>
          Details
        </Button>
      ),
    },
  ]
  return (
    <>
      <PageHeader title="Calls">
        Up to 500 recent failed calls and a sample of the successful ones, from the last 7 days.
      </PageHeader>
      <Toolbar>
        <SearchField label="Search by url" value={filters.url} onSearch={(url) => narrow({ url })} />
        <SearchField label="Request id" value={filters.requestId} onSearch={(requestId) => narrow({ requestId })} />
        <MappingField value={filters.mappingId} onChange={(mappingId) => narrow({ mappingId })} />
        <SelectField
          label="Outcome"
          value={filters.outcome ?? ''}
          onChange={(event) => narrow({ outcome: event.target.value || undefined })}
        >
          <option value="">All</option>
          {Object.entries(outcomeWords).map(([value, [word]]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Code"
          placeholder="ECONNREFUSED"
          value={filters.code ?? ''}
          onChange={(event) => narrow({ code: event.target.value.toUpperCase().replaceAll(/\W/g, '') || undefined })}
        />
        <DayFields since={filters.since} until={filters.until} onChange={narrow} />
        <CheckField
          label="Follow new calls"
          checked={isFollowed}
          onChange={(event) => setFollowed(event.target.checked)}
        />
      </Toolbar>
      <PagedTable
        label="Calls"
        columns={columns}
        keyOf={({ id }) => id}
        list={list}
        narrowed={isNarrowed ? 'Change the filters.' : undefined}
        empty={<Empty title="No calls yet">Calls through the gateway appear here within a second.</Empty>}
      />
      <AsCommand command={callsCommand(filters, isFollowed)} />
      {shown && (
        <Dialog title={`${shown.method} ${shown.url ?? ''}`} place="side" onClose={() => setShown(undefined)}>
          <CallDetails call={shown} />
        </Dialog>
      )}
    </>
  )
}

function mappingIdsOf(calls: readonly RecentCall[]): readonly number[] {
  return calls.flatMap(({ mappingId }) => mappingId ?? [])
}

interface MappingLinkProps {
  readonly id: number
  readonly names: ReadonlyMap<number, string> | undefined
  /** Whichever has no name has none any more. */
  readonly areComplete: boolean
}

/** By its name, once that is known. One that is deleted has none, and no page. */
function MappingLink({ id, names, areComplete }: MappingLinkProps) {
  const accountId = useAccountId()
  const name = names?.get(id)
  if (name === undefined) return areComplete ? 'a mapping that is deleted' : id
  return <Link to={paths.mapping(accountId, id)}>{name}</Link>
}

/** The beginning of a sentence, as the details have all of it, and the code to search for. */
function Why({ call }: { readonly call: RecentCall }) {
  const code = call.transportCode ?? call.code
  if (code === undefined) return call.status === undefined ? '–' : `Answered ${call.status}`
  const reason = callReason(call)
  return (
    <>
      {reason !== undefined && <LongText text={reason} />}{' '}
      <small>
        <Breakable text={code} />
      </small>
    </>
  )
}
