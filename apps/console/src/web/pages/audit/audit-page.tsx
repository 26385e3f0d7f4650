import type { AuditEntry } from '@mtls-gateway/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { auditQuery } from '../../api/audit.ts'
import { useMissingScope } from '../../api/session.ts'
import { actorName } from '../../format/actor-name.ts'
import { idAndName } from '../../format/id-and-name.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { ActionCode } from '../../ui/action-code.tsx'
import { Button } from '../../ui/button.tsx'
import { DayFields } from '../../ui/day-fields.tsx'
import { Empty } from '../../ui/empty.tsx'
import { SelectField } from '../../ui/field.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import { SearchField } from '../../ui/search-field.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'
import styles from './audit-page.module.css'

const readers = { actor: text, action: text, subject: text, since: text, until: text }

/** The kinds of things that change, as the audit names them. */
const kinds: Readonly<Record<string, string>> = {
  'certificates.*': 'Certificates',
  'mappings.*': 'Mappings',
  'trusts.*': 'Trust lists',
  'app-keys.*': 'App keys',
  'handovers.*': 'Handovers',
  'invitations.*': 'Invitations',
  'approvals.*': 'Approvals',
  'settings.*': 'Settings',
}

/** `pathBy`: the changes of one person alone. */
const columnsBy = (pathBy: (actor: string) => string): readonly Column<AuditEntry>[] => [
  { head: 'When', cell: ({ at }) => <Time at={at} /> },
  {
    head: 'Who',
    minWidth: '8em',
    cell: ({ actor }) => (
      <Link to={pathBy(actor)} aria-label={`Only changes by ${actorName(actor)}`}>
        {actorName(actor)}
      </Link>
    ),
  },
  { head: 'Action', kind: 'word', cell: ({ action }) => <ActionCode action={action} /> },
  { head: 'Item', minWidth: '15em', cell: (entry) => <Subjects entry={entry} /> },
  { head: 'Fields', kind: 'word', cell: ({ fields }) => fields?.join(', ') ?? '–' },
  { head: 'From', kind: 'word', cell: ({ address }) => address },
  { head: 'Revision', kind: 'number', cell: (entry) => <Revision entry={entry} /> },
]

/** Who changed what, when and from where; the newest first. */
export function AuditPage() {
  const missingScope = useMissingScope('mtls:admin')
  return (
    <>
      <PageHeader title="Audit">
        Who changed what, when and from where, newest first. Each entry has a hash over itself and the one before it:{' '}
        <code>mtls audit verify</code> checks that none was changed or removed.
      </PageHeader>
      {missingScope === undefined ? <Changes /> : <NoScope reason={missingScope} />}
    </>
  )
}

function Changes() {
  const { filters, narrow, isNarrowed } = useFilters(readers)
  const accountId = useAccountId()
  const list = useInfiniteQuery(auditQuery(accountId, filters))
  return (
    <>
      <Toolbar>
        <SearchField label="Search by name or id" value={filters.subject} onSearch={(subject) => narrow({ subject })} />
        <SelectField
          label="Changes of"
          value={filters.action ?? ''}
          onChange={(event) => narrow({ action: event.target.value || undefined })}
        >
          <option value="">Everything</option>
          {Object.entries(kinds).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
          {filters.action !== undefined && !Object.hasOwn(kinds, filters.action) && <option>{filters.action}</option>}
        </SelectField>
        <DayFields since={filters.since} until={filters.until} onChange={narrow} />
        {filters.actor !== undefined && (
          <p>
            Only by {actorName(filters.actor)}.{' '}
            <Button look="quiet" onClick={() => narrow({ actor: undefined })}>
              Show all
            </Button>
          </p>
        )}
      </Toolbar>
      <PagedTable
        label="Changes"
        columns={columnsBy((actor) => paths.audit(accountId, { ...filters, actor }))}
        keyOf={({ revision }) => revision}
        list={list}
        narrowed={isNarrowed ? 'Change the search or the filters.' : undefined}
        empty={
          <Empty title="No changes yet">
            Every change to certificates, mappings, handovers, app keys, invitations and settings is recorded here.
          </Empty>
        }
      />
    </>
  )
}

/** With the hash, to be compared with what another system was sent; entries of older releases have none. */
function Revision({ entry: { revision, hash } }: { readonly entry: AuditEntry }) {
  if (hash === undefined) return revision
  return (
    <details className={styles.hash}>
      <summary aria-label={`The hash of revision ${revision}`}>{revision}</summary>
      <KeyText text={hash} />
    </details>
  )
}

/** By their names; ids are for looking up. */
function Subjects({ entry: { subjects, subjectCount } }: { readonly entry: AuditEntry }) {
  const more = subjectCount - subjects.length
  return (
    <ul className={styles.subjects}>
      {subjects.map((subject) => {
        const [id, name] = idAndName(subject)
        return (
          <li key={subject}>
            {name} {id !== undefined && <small>{id}</small>}
          </li>
        )
      })}
      {more > 0 && <li>and {more} more</li>}
    </ul>
  )
}
