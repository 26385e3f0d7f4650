import type { ChangeAction } from '../account/change-action.ts'
import type { InvitableScope } from '../callers/scopes.ts'
import type { RecordId } from '../identifiers/ids.ts'
import {
  type ApprovalAction,
  type ApprovalState,
  type GuardedAction,
  maxClosedApprovals,
  usualApprovalDays,
} from './approval-words.ts'

/** What of an account needs the word of a second person, and whose. Changing the rule needs it as well. */
export interface ApprovalRule {
  readonly actions: readonly ApprovalAction[]
  /** Subjects of tokens. Absent: whoever has the scope. */
  readonly approvers?: readonly string[]
  readonly scope: InvitableScope
  /** 1 to 30. */
  readonly expiresAfterDays: number
}

/** What a rule has that does not say it. */
export const usualApprovalRule: Omit<ApprovalRule, 'actions'> = {
  scope: 'mtls:admin',
  expiresAfterDays: usualApprovalDays,
}

/** A change that somebody has asked for. What it changes is a record below `approvals`, named by the id. */
export interface ApprovalRequest {
  readonly id: RecordId
  /** What was asked for. */
  readonly operation: ChangeAction
  readonly actions: readonly GuardedAction[]
  readonly subjects: readonly string[]
  readonly subjectCount: number
  readonly requestedBy: string
  /** ISO 8601 in UTC, as the others. */
  readonly requestedAt: string
  readonly expiresAt: string
  /** That of the record: one that was changed in the store is refused. */
  readonly contentSha256: string
  /** Absent: it was decided, or has expired. */
  readonly open?: OpenRequest
  readonly decision?: ApprovalDecision
}

/** What nobody needs to know any more once a request is closed. */
export interface OpenRequest {
  /** Who may not approve it: whoever asked, and by whom the credentials were made that asked, a person last. */
  readonly askers: readonly string[]
  /** The app key or invitation by which it was asked: without it, it is not to be approved. */
  readonly credential?: RecordId
  /** Equal where the same person asks for the same again. */
  readonly sameness: string
  /** Ids that what it would change may name records by: garbage collection leaves those alone (decision 95). */
  readonly keeps: readonly string[]
}

export interface ApprovalDecision {
  readonly state: 'approved' | 'refused' | 'overridden'
  readonly by: string
  readonly at: string
  readonly reason?: string
}

/** What has requests: an account, or the part of it that a look at them needs. */
interface Asked {
  readonly approvals?: readonly ApprovalRequest[]
}

/** Whether it waits for a word. @param at ISO 8601 in UTC */
export function isOpen({ decision, expiresAt }: ApprovalRequest, at: string): boolean {
  return decision === undefined && Date.parse(expiresAt) > Date.parse(at)
}

export function openApprovals({ approvals = [] }: Asked, at: string): readonly ApprovalRequest[] {
  return approvals.filter((request) => isOpen(request, at))
}

/** Whether a request that is open may name this record by what it would change. */
export function isKeptForApproval({ approvals = [] }: Asked, id: string): boolean {
  return approvals.some(({ open }) => open?.keeps.includes(id))
}

/** All but `outdated`, which only a look at what it changes can tell. */
export function approvalState(request: ApprovalRequest, at: string): Exclude<ApprovalState, 'outdated'> {
  if (isOpen(request, at)) return 'open'
  return request.decision?.state ?? 'expired'
}

/** Those that are open, and the last of the others, which keep no records any more. */
export function keptApprovals(approvals: readonly ApprovalRequest[], at: string): readonly ApprovalRequest[] {
  const closed = approvals.filter((request) => !isOpen(request, at)).slice(-maxClosedApprovals)
  const kept = new Set(closed)
  return approvals.flatMap((request) => {
    if (isOpen(request, at)) return [request]
    if (!kept.has(request)) return []
    const { open: _, ...rest } = request
    return request.open ? [rest] : [request]
  })
}
