import type { ApprovalRequested } from '@mtls-gateway/client'
import type { ApprovalRequest } from '@mtls-gateway/contract'
import { safeText, safeValue } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'

/** A change is not made yet: it waits for another person's word. */
export class ApprovalWaits extends CliFailure {
  override readonly name = 'ApprovalWaits'
  /** The answer as it came. */
  readonly text: string
  readonly approval: ApprovalRequest
  /** What is shown only now: the secret of an app key, the code of an invitation. */
  readonly answer: object | undefined

  constructor({ text, message, approval, answer }: ApprovalRequested) {
    super('waits', safeText(message))
    this.text = text
    // What is made safe keeps its shape.
    this.approval = safeValue(approval) as ApprovalRequest
    this.answer = typeof answer === 'object' && answer !== null ? (safeValue(answer) as object) : undefined
  }
}
