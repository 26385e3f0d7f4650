import type { ApprovalRequest } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { approvalTitle } from '../../format/approval-title.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Card } from '../../ui/card.tsx'
import { WaitingNotice } from './waiting-notice.tsx'

/** The requests that wait for a second person, first those that whoever looks can approve. */
export function ApprovalsCard({ requests }: { readonly requests: readonly ApprovalRequest[] }) {
  const accountId = useAccountId()
  if (requests.length === 0) return null
  const [own, others] = [requests.filter(({ mine }) => !mine), requests.filter(({ mine }) => mine)]
  const thingOf = (request: ApprovalRequest) => ({
    name: approvalTitle(request),
    to: paths.approval(accountId, request.id),
  })
  return (
    <Card title="Approvals" action={<Link to={paths.approvals(accountId)}>All requests</Link>}>
      {own.length > 0 && <WaitingNotice title="Waits for your approval" things={own.map(thingOf)} />}
      {others.length > 0 && <WaitingNotice title="Waits for another person" things={others.map(thingOf)} />}
    </Card>
  )
}
