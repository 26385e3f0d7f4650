/** What may need a second person's word. They are stored: none may be renamed. */
export const approvalActions = [
  'promote',
  'target-host',
  'target-credentials',
  'app-key-forward',
  'invite-admin',
] as const
export type ApprovalAction = (typeof approvalActions)[number]

/** What a request can be about: one of these, or the rule itself, which needs a second person's word wherever it is. */
export const guardedActions = [...approvalActions, 'approvals'] as const
export type GuardedAction = (typeof guardedActions)[number]

/** `outdated`: what it would change is not what it was when it was asked for. `overridden`: by the emergency way. */
export const approvalStates = ['open', 'approved', 'refused', 'expired', 'overridden', 'outdated'] as const
export type ApprovalState = (typeof approvalStates)[number]

/** Requests of one account that wait for a word. */
export const maxOpenApprovals = 50

/** Those of one person and of all credentials that they have made, so that nobody takes the rest from the others. */
export const maxOpenApprovalsOfOne = 10

/** Those of all renewal plans: many persons set them, so they have more, and still leave room for two persons. */
export const maxOpenApprovalsOfPlans = 30

/** Those that were decided or have expired, and that the account still shows. */
export const maxClosedApprovals = 20

/** Persons that the rule of an account names. */
export const maxApprovers = 50

/** How long a request waits, in days. */
export const maxApprovalDays = 30
export const usualApprovalDays = 3

/** Characters of what somebody says with a decision. */
export const maxApprovalReason = 200

/** Those that an emergency needs at least. */
export const minEmergencyReason = 10
