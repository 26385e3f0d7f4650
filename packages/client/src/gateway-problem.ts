import type { Problem } from '@mtls-gateway/contract'
import { retryAfterMs } from './retry-after.ts'

/** A code that was known when this version was made, or one that came later. */
export type ProblemCode = Problem['code'] | (string & {})

/** What a problem document says, whatever it has beside these members. */
export type ProblemDocument = Omit<Problem, 'code' | 'type' | 'title'> &
  Partial<Pick<Problem, 'type' | 'title'>> & { readonly code: ProblemCode }

/** The gateway says no, by a problem document (RFC 9457). */
export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem'
  /** Stable, and listed in docs/errors.md of the gateway. */
  readonly code: ProblemCode
  readonly status: number
  /** What happened, as a sentence. */
  readonly detail: string
  /** The id of the request, which is in the gateway's log. */
  readonly requestId: string
  /** The whole document: what it has beside the above depends on the code. */
  readonly problem: ProblemDocument
  /** The document as it came; empty for an answer to HEAD. */
  readonly text: string
  readonly headers: Headers

  constructor(problem: ProblemDocument, { text, headers }: { readonly text: string; readonly headers: Headers }) {
    super(`${problem.code}: ${problem.detail}`)
    this.code = problem.code
    this.status = problem.status
    this.detail = problem.detail
    this.requestId = problem.instance
    this.problem = problem
    this.text = text
    this.headers = headers
  }

  /** How long to wait before another try, in milliseconds; undefined where the gateway does not say. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.headers.get('retry-after'))
  }
}
