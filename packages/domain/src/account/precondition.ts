import { CodedError } from '../errors/coded-error.ts'

/** What a client's If-Match asks for (RFC 9110 section 13.1.1). A thing's tag is the revision that last changed it. */
export interface Precondition {
  /** `account`: a list, whose tag is the account's revision. `subject`: the certificate or mapping that is changed. */
  readonly of: 'account' | 'subject'
  readonly revisions: readonly number[]
}

/** @throws CodedError `PRECONDITION_FAILED` */
export function checkPrecondition(precondition: Precondition | undefined, revision: number): void {
  if (precondition === undefined || precondition.revisions.includes(revision)) return
  throw new CodedError(
    'PRECONDITION_FAILED',
    'This was changed since you read it. Read it again, and repeat the change if you still want it.',
    { details: { revision } },
  )
}
