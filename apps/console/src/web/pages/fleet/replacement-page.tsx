import type { Certificate, CertificateSummary } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { certificatesQuery } from '../../api/certificates.ts'
import { summaryQuery, type Wanted } from '../../api/fleet.ts'
import { waitPhrases } from '../../format/plan-sentence.ts'
import { planStandingOf, planStandings } from '../../format/plan-standing.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters, whole } from '../../routing/filters.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Card } from '../../ui/card.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Facts } from '../../ui/facts.tsx'
import { SelectField } from '../../ui/field.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { PagedTable } from '../../ui/paged-table.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { Toolbar } from '../../ui/toolbar.tsx'
import styles from './replacement-page.module.css'

const askAgainMs = 3_000
const readers = { issuer: text, issuedBefore: text, of: whole, plan: text }

/** How far the replacement of an issuer's certificates is. The url says which, so a reload goes on. */
export function ReplacementPage() {
  const accountId = useAccountId()
  const { filters } = useFilters(readers)
  const { issuer, issuedBefore } = filters
  const isKnown = issuer !== undefined && issuedBefore !== undefined
  return (
    <>
      <PageHeader title="Replacement" above={<Link to={paths.fleet(accountId)}>Fleet</Link>}>
        Certificates of an issuer that are renewed by their plans, or replaced by you.
      </PageHeader>
      {isKnown ? (
        <Progress wanted={{ issuer, issuedBefore }} all={filters.of} />
      ) : (
        <Empty title="Which issuer?" action={<Link to={paths.fleet(accountId)}>Choose an issuer</Link>}>
          This page shows how far the replacement of an issuer’s certificates is.
        </Empty>
      )}
    </>
  )
}

function Progress({ wanted, all }: { readonly wanted: Wanted; readonly all: number | undefined }) {
  const { issuer, issuedBefore } = wanted
  const query = useQuery({
    ...summaryQuery(useAccountId(), wanted),
    refetchInterval: ({ state: { data } }) => (data?.certificates === 0 ? false : askAgainMs),
  })
  const { data: left } = query
  return (
    <>
      <Card title="Progress">
        <Facts
          facts={{
            Issuer: <LongText text={issuer} />,
            'Asked for': Number.isNaN(Date.parse(issuedBefore)) ? issuedBefore : <Time at={issuedBefore} />,
          }}
        />
        <Answered query={query} label="Loading the progress">
          {left && <Bar left={left.certificates} all={all} />}
        </Answered>
      </Card>
      {left !== undefined && left.certificates > 0 && <Left wanted={wanted} summary={left} />}
      <AsCommand
        command={`mtls certificates replace --issuer ${shellWord(issuer)} --issued-before ${shellWord(issuedBefore)} --wait`}
      />
    </>
  )
}

function Bar({ left, all }: { readonly left: number; readonly all: number | undefined }) {
  const total = all === undefined ? undefined : Math.max(all, left)
  const said =
    left === 0
      ? 'All are replaced.'
      : total === undefined
        ? `${left.toLocaleString('en')} left`
        : `${(total - left).toLocaleString('en')} of ${total.toLocaleString('en')} replaced`
  return (
    <div className={styles.progress}>
      {total !== undefined && total > 0 && (
        <progress className={styles.bar} aria-label="Replaced" value={total - left} max={total} />
      )}
      <p role="status">{said}</p>
    </div>
  )
}

const columns: readonly Column<Certificate>[] = [
  { head: 'Name', minWidth: '12em', cell: (certificate) => <CertificateLink certificate={certificate} /> },
  { head: 'Expires', cell: ({ expirationDate }) => (expirationDate === null ? '–' : <Time at={expirationDate} />) },
  { head: 'What is left', minWidth: '16em', cell: ({ plan }) => leftText(plan) },
]

/** What is not replaced yet, and why. */
function Left({ wanted, summary }: { readonly wanted: Wanted; readonly summary: CertificateSummary }) {
  const { filters, narrow } = useFilters(readers)
  const { plan } = filters
  const asked = { ...wanted, plan, sort: 'name' }
  const list = useInfiniteQuery({ ...certificatesQuery(useAccountId(), asked), refetchInterval: askAgainMs })
  return (
    <>
      <Toolbar>
        <SelectField
          label="Left"
          value={plan ?? ''}
          onChange={(event) => narrow({ plan: event.target.value || undefined })}
        >
          <option value="">All ({summary.certificates.toLocaleString('en')})</option>
          {summary.plans.map(({ plan: standing, certificates }) => (
            <option key={standing} value={standing}>
              {standingOf(standing)} ({certificates.toLocaleString('en')})
            </option>
          ))}
          {plan !== undefined && !summary.plans.some((each) => each.plan === plan) && (
            <option value={plan}>{planStandingOf(plan)} (0)</option>
          )}
        </SelectField>
      </Toolbar>
      <PagedTable
        label="Certificates"
        columns={columns}
        keyOf={({ id }) => id}
        list={list}
        narrowed="No certificate is left there. Choose all."
        empty={undefined}
      />
    </>
  )
}

function standingOf(standing: CertificateSummary['plans'][number]['plan']): string {
  if (standing === 'none') return 'No plan: replace them yourself'
  return standing === 'idle' ? 'Not begun' : planStandings[standing]
}

function leftText(plan: Certificate['plan']): string {
  if (!plan) return 'Has no plan: replace it yourself.'
  const { waitsFor, attempts, lastFailure, source, state } = plan
  if (waitsFor !== null) return `${waitPhrases[waitsFor]}.`
  if (attempts > 0 && lastFailure) return `Fails, and is tried again: ${lastFailure.sentence}`
  if (source !== null) return `Comes from its source, ${source}: renew it there.`
  return state === 'idle' ? 'Is renewed soon.' : `Is being renewed: ${planStandings[state].toLowerCase()}.`
}

function CertificateLink({ certificate: { id, name } }: { readonly certificate: Certificate }) {
  return (
    <Link to={paths.certificate(useAccountId(), id)}>
      <LongText text={name} />
    </Link>
  )
}
