import type { ApprovalRequest } from '@mtls-gateway/contract'
import { UnexpectedAnswer } from './unexpected-answer.ts'

/**
 * A change is not made yet: the account wants a second person's word for it (202, docs/approvals.md). It rejects, so
 * that nobody takes it for made.
 */
export class ApprovalRequested extends Error {
  override readonly name = 'ApprovalRequested'
  readonly approval: ApprovalRequest
  /**
   * What the operation answers once it is approved, where part of that is shown only now: an app key with its secret,
   * an invitation with its code.
   */
  readonly answer: unknown
  /** The body as it came. */
  readonly text: string
  readonly headers: Headers

  constructor(
    { approval, answer }: ApprovalBody,
    { text, headers }: { readonly text: string; readonly headers: Headers },
  ) {
    super(
      `Not done yet: it waits for approval by another person, until ${approval.expiresAt} (request ${approval.id}).`,
    )
    this.approval = approval
    this.answer = answer
    this.text = text
    this.headers = headers
  }
}

interface ApprovalBody {
  readonly approval: ApprovalRequest
  readonly answer?: unknown
}

/** @throws UnexpectedAnswer */
export function readApproval(response: Response, text: string, body: unknown): ApprovalRequested {
  if (!isApprovalBody(body)) throw new UnexpectedAnswer(response, text)
  return new ApprovalRequested(body, { text, headers: response.headers })
}

function isApprovalBody(body: unknown): body is ApprovalBody {
  // What is no object has no such member.
  const { id, expiresAt } = Object(Object(body).approval)
  return typeof id === 'string' && typeof expiresAt === 'string'
}
