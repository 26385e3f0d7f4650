import type { GatewayProblem, ProblemDocument } from '@mtls-gateway/client'
import { safeValue } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'
import type { ShownAnswer } from '../output.ts'

/** A service says no. */
export class ServiceProblem extends CliFailure {
  override readonly name = 'ServiceProblem'
  readonly answer: ShownAnswer<ProblemDocument>

  constructor({ text, problem }: GatewayProblem) {
    // What is made safe keeps its shape.
    const body = safeValue(problem) as ProblemDocument
    super('refused', `${body.code}: ${body.detail}`)
    this.answer = { text, body }
  }
}
