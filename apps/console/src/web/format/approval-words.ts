import type { ApprovalRequest } from '@mtls-gateway/contract'

/** What needs a second person's word, as settings offer it. */
export const actionNames: Readonly<Record<ApprovalRequest['actions'][number], string>> = {
  promote: 'Putting another version of a certificate in use',
  'target-host': 'Showing a certificate to a host that has not got it yet',
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

/** Outdated: nobody can approve it any more, and it can still be refused or withdrawn. */
export function isUndecided({ state }: Pick<ApprovalRequest, 'state'>): boolean {
  return state === 'open' || state === 'outdated'
}
