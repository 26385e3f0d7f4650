import { type Account, type ApprovalRequest, isOpen, readableTime } from '@mtls-gateway/domain'
import { factId, type HeldFact, manyAsOne, type NoticeEvent, quoted } from '../notices/notice-event.ts'

/** What recipients are to know of requests for approval: those that wait, and those that nobody else had a say in. */
export function approvalEvents({ accountId, approvals = [] }: Account, now: number): readonly NoticeEvent[] {
  const at = new Date(now).toISOString()
  const facts = approvals.flatMap((request): HeldFact[] => {
    const { id, operation, actions, requestedBy, requestedAt, expiresAt, decision } = request
    const data = { accountId, approvalId: id, operation, actions, requestedBy, requestedAt, expiresAt }
    if (isOpen(request, at)) {
      const type = 'approval.requested'
      const sentence = `${whatOf(request)} waits for approval until ${readableTime(expiresAt)}. ${quoted(requestedBy)} has asked for it.`
      return [
        {
          type,
          since: requestedAt,
          event: () => ({ type, id: factId(accountId, id, type), accountId, data, sentence }),
        },
      ]
    }
    if (decision?.state !== 'overridden') return []
    const type = 'approval.overridden'
    const { by, reason = '' } = decision
    const sentence = `${whatOf(request)} was approved in an emergency by ${quoted(by)}: ${quoted(reason)}. ${quoted(requestedBy)} has asked for it.`
    return [
      {
        type,
        since: decision.at,
        event: () => ({ type, id: factId(accountId, id, type), accountId, data: { ...data, by, reason }, sentence }),
      },
    ]
  })
  return manyAsOne(accountId, facts)
}

function whatOf({ operation, subjects }: ApprovalRequest): string {
  const [first] = subjects
  return `A change, ${quoted(operation)}${first === undefined ? '' : ` of ${quoted(first)}`},`
}
