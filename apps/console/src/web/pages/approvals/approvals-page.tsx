import type { ApprovalRequest } from '@mtls-gateway/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { approvalsQuery } from '../../api/approvals.ts'
import { useMissingScope } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { approvalTitle } from '../../format/approval-title.ts'
import { stateNames } from '../../format/approval-words.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { useFilters } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { Empty } from '../../ui/empty.tsx'
import { SelectField } from '../../ui/field.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'
import { ApprovalBadge } from './approval-badge.tsx'
import { ApprovalPage } from './approval-page.tsx'

/** A list does not look whether a request is outdated. */
const { outdated: _, ...listedStates } = stateNames
const isState = (given: string): given is keyof typeof listedStates => Object.hasOwn(listedStates, given)
const readers = { state: (given: string) => (isState(given) ? given : undefined) }

/** Changes that wait for a second person's word: an inbox, or one of them. */
export function ApprovalsPage({ approvalId }: { readonly approvalId: string | undefined }) {
  const missingScope = useMissingScope('mtls:read')
  if (approvalId !== undefined) return <ApprovalPage approvalId={approvalId} />
  return (
    <>
      <PageHeader title="Approvals">Changes that wait until another person approves them.</PageHeader>
      {missingScope === undefined ? <Requests /> : <NoScope reason={missingScope} />}
    </>
  )
}

function Requests() {
  const accountId = useAccountId()
  const { filters, narrow } = useFilters(readers)
  const { state = 'open' } = filters
  const list = useInfiniteQuery(approvalsQuery(accountId, state))
  const columns: readonly Column<ApprovalRequest>[] = [
    {
      head: 'Change',
      minWidth: '14em',
      cell: (request) => <Link to={paths.approval(accountId, request.id)}>{approvalTitle(request)}</Link>,
    },
    { head: 'State', cell: (request) => <ApprovalBadge request={request} /> },
    { head: 'Requested by', cell: ({ requestedBy }) => actorName(requestedBy) },
    { head: 'Requested', cell: ({ requestedAt }) => <Time at={requestedAt} /> },
    {
      head: state === 'open' ? 'Expires' : 'Decided',
      cell: ({ expiresAt, decidedAt }) => <Time at={decidedAt ?? expiresAt} />,
    },
  ]
  return (
    <>
      <Toolbar>
        <SelectField
          label="State"
          value={state}
          onChange={({ target: { value } }) =>
            narrow({ state: isState(value) && value !== 'open' ? value : undefined })
          }
        >
          {Object.entries(listedStates).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </SelectField>
      </Toolbar>
      <PagedTable
        label="Requests"
        columns={columns}
        keyOf={({ id }) => id}
        list={list}
        narrowed={state === 'open' ? undefined : 'Choose another state.'}
        empty={
          <Empty title="Nothing waits for approval">
            Under <Link to={paths.settings(accountId)}>Settings</Link> you choose which changes need another person.
          </Empty>
        }
      />
    </>
  )
}
