import type { Account, ApprovalContent, ApprovalRequest } from '@mtls-gateway/domain'

export interface RequestedApproval {
  /** As it is with the request. */
  readonly account: Account
  readonly request: ApprovalRequest
  /** Absent: the request was asked for before, and what it changes is not looked at again. */
  readonly content?: ApprovalContent
  /** False: the same was asked for before, and waits. */
  readonly isNew: boolean
  /** What would have been answered, where a secret of it is shown this once. */
  readonly answer?: unknown
}

/**
 * A change was not made: it waits for the word of a second person. No failure, and thrown all the same: whoever makes
 * a change and does not know of approvals must not go on as if it were made.
 */
export class ApprovalRequested extends Error {
  override readonly name = 'ApprovalRequested'
  readonly requested: RequestedApproval

  constructor(requested: RequestedApproval) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super('This change waits for approval.')
    Error.stackTraceLimit = stackTraceLimit
    this.requested = requested
  }
}
