import { GatewayProblem } from '@mtls-gateway/client/page'
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useOpenApprovals } from '../../api/approvals.ts'
import { callsQuery } from '../../api/calls.ts'
import { knownCertificatesQuery, maxKnownCertificates } from '../../api/known-certificates.ts'
import { mappingQuery } from '../../api/mappings.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { Card } from '../../ui/card.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Notice } from '../../ui/notice.tsx'
import { useNow } from '../../ui/use-now.ts'
import { ApprovalsCard } from './approvals-card.tsx'
import { ExpiryStrip } from './expiry-strip.tsx'
import { NeedList } from './need-list.tsx'
import { type Need, needsOf } from './needs.ts'
import { RenewalsCard } from './renewals-card.tsx'

/** More failing mappings than a page is looked through for. */
const mostAsked = 20

/** Those of the mappings with failed calls that are deleted since. */
function useGoneMappings(accountId: string, needs: readonly Need[]): ReadonlySet<number> {
  const ids = needs.flatMap(({ id }) => (id === undefined ? [] : [id])).slice(0, mostAsked)
  return useQueries({
    queries: ids.map((id) => mappingQuery(accountId, String(id))),
    combine: (answers) =>
      new Set(
        answers.flatMap(({ error }, index) => {
          const id = ids[index]
          return id !== undefined && error instanceof GatewayProblem && error.code === 'MAPPING_NOT_FOUND' ? [id] : []
        }),
      ),
  })
}

/** What needs attention now, and what will. */
export function OverviewPage() {
  const accountId = useAccountId()
  const now = useNow()
  const query = useQuery(knownCertificatesQuery(accountId))
  const failed = useInfiniteQuery(callsQuery(accountId, { outcome: 'failed' }))
  const { data: certificates = [] } = query
  const refused = useInfiniteQuery(callsQuery(accountId, { outcome: 'refused' }))
  const succeeded = useInfiniteQuery(callsQuery(accountId, { outcome: 'succeeded' }))
  const calls = [failed, refused, succeeded].flatMap(({ data }) => data?.entries ?? [])
  const needs = needsOf(certificates, calls, now, useGoneMappings(accountId, needsOf([], calls, now)))
  const requests = useOpenApprovals()
  const isAwaited = certificates.some(({ plan }) => plan?.waitsFor) || requests.some(({ mine }) => !mine)
  const urgent = needs.find(({ does }) => does === 'rotate')
  const add = (
    <ChangeLink to={paths.addCertificate(accountId)} look="primary">
      Add a certificate
    </ChangeLink>
  )
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          urgent?.id === undefined ? (
            query.error === null && certificates.length > 0 && add
          ) : (
            <ChangeLink to={paths.rotate(accountId, urgent.id)} look="primary">
              Rotate {urgent.name}
            </ChangeLink>
          )
        }
      />
      <Answered query={query} label="Loading the overview">
        {certificates.length === 0 ? (
          <>
            <Empty title="Welcome" action={add}>
              Add the client certificate that a target expects, say which calls present it, and the gateway does the
              rest.
            </Empty>
            <ApprovalsCard requests={requests} />
          </>
        ) : (
          <>
            <Card title="Needs attention">
              {needs.length === 0 && isAwaited ? (
                <Notice tone="good" title="Nothing but what waits below" />
              ) : needs.length === 0 ? (
                <Notice tone="good" title="Nothing needs attention">
                  All certificates are usable, none expires within 60 days, and no recent call failed.
                </Notice>
              ) : (
                <NeedList needs={needs} />
              )}
            </Card>
            <ApprovalsCard requests={requests} />
            <RenewalsCard certificates={certificates} />
            <Card
              title="When certificates expire"
              action={<Link to={paths.certificates(accountId)}>All certificates</Link>}
            >
              <ExpiryStrip certificates={certificates} now={now} />
              {certificates.length === maxKnownCertificates && (
                <p>Only the first {maxKnownCertificates} certificates are shown.</p>
              )}
            </Card>
          </>
        )}
      </Answered>
    </>
  )
}
