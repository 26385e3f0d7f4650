import type { ApprovalRequest } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { approvalQuery } from '../../api/approvals.ts'
import { actorName } from '../../format/actor-name.ts'
import { approvalTitle } from '../../format/approval-title.ts'
import { actionNames, isUndecided } from '../../format/approval-words.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { Card } from '../../ui/card.tsx'
import { Changes } from '../../ui/changes.tsx'
import { Facts } from '../../ui/facts.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { Time } from '../../ui/time.tsx'
import { ApprovalBadge } from './approval-badge.tsx'
import { Decision } from './decision.tsx'

/** One request: what would change, who asks, and the decision. */
export function ApprovalPage({ approvalId }: { readonly approvalId: string }) {
  const accountId = useAccountId()
  const query = useQuery(approvalQuery(accountId, approvalId))
  const { data: request } = query
  return (
    <>
      <PageHeader
        title="Approval request"
        above={<Link to={paths.approvals(accountId)}>Approvals</Link>}
        badge={request && <ApprovalBadge request={request} />}
      >
        {request && approvalTitle(request)}
      </PageHeader>
      <Answered query={query} label="Loading the request">
        {request && (
          <>
            <Card title="What would change">
              <Changes changes={request.changes ?? []} />
            </Card>
            <RequestFacts request={request} />
            {isUndecided(request) && <Decision request={request} />}
          </>
        )}
      </Answered>
    </>
  )
}

function RequestFacts({ request }: { readonly request: ApprovalRequest }) {
  const { id, actions, requestedBy, requestedAt, expiresAt, decidedBy, decidedAt, reason } = request
  return (
    <Card title="The request">
      <Facts
        facts={{
          'Needs approval because of': actions.map((action) => actionNames[action]).join('; '),
          'Requested by': (
            <>
              {actorName(requestedBy)}, <Time at={requestedAt} />
            </>
          ),
          'Waits for': isUndecided(request) ? approversOf(request) : undefined,
          Expires: isUndecided(request) ? <Time at={expiresAt} /> : undefined,
          'Decided by': decidedBy ? (
            <>
              {actorName(decidedBy)}, {decidedAt && <Time at={decidedAt} />}
            </>
          ) : undefined,
          Reason: reason ?? undefined,
          Id: <KeyText text={id} />,
        }}
      />
    </Card>
  )
}

function approversOf({ approvers, scope }: ApprovalRequest): string {
  return approvers ? approvers.map(actorName).join(', ') : `anybody else with ${scope}`
}
