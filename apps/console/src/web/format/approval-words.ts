import type { ApprovalRequest } from '@mtls-gateway/contract'

/** What needs a second person's word, as settings offer it. */
export const actionNames: Readonly<Record<ApprovalRequest['actions'][number], string>> = {
  promote: 'Putting another version of a certificate in use',
  'target-host': 'Calling a host that no mapping called before',
  'target-credentials': 'Changing what targets get besides the certificate',
  'app-key-forward': 'Making an app key that makes calls',
  'invite-admin': 'Inviting somebody with mtls:admin',
  approvals: 'Changing what needs approval',
}

/** How a request stands. */
export const stateNames: Readonly<Record<ApprovalRequest['state'], string>> = {
  open: 'Waiting',
  approved: 'Approved',
  refused: 'Refused',
  expired: 'Expired',
  overridden: 'Approved in an emergency',
  outdated: 'Outdated',
}

/** `mappings.update: bank-token`, as the audit names it. */
export function approvalTitle({ operation, subjects, subjectCount }: ApprovalRequest): string {
  const more = subjectCount - subjects.length
  return `${operation}: ${subjects.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
