import type { ApprovalRequest } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { Notice } from './notice.tsx'
import { Time } from './time.tsx'

/** A change is not made yet: what it waits for, and where to look at it. */
export function WaitsForApproval({ approval }: { readonly approval: ApprovalRequest }) {
  const accountId = useAccountId()
  return (
    <Notice tone="warn" title="This waits for the approval of another person">
      It is not done yet. Send them <Link to={paths.approval(accountId, approval.id)}>the request</Link>, which expires{' '}
      <Time at={approval.expiresAt} />.
    </Notice>
  )
}
