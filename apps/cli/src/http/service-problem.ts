import { CliFailure } from '../cli-failure.ts'
import { type Answer, readAnswer } from './answer.ts'

/** RFC 9457 as the gateway has it, with an error's details beside these members. */
export interface Problem {
  readonly code: string
  readonly detail: string
  readonly status: number
  /** The id of the request. */
  readonly instance: string
  readonly [member: string]: unknown
}

/** What a service answers where it says no. */
export class ServiceProblem extends CliFailure {
  override readonly name = 'ServiceProblem'
  readonly answer: Answer<Problem>

  constructor(answer: Answer<Problem>) {
    super('refused', `${answer.body.code}: ${answer.body.detail}`)
    this.answer = answer
  }
}

/** Undefined where this is no problem of the gateway's. */
export function readProblem(contentType: string | undefined, text: string): Answer<Problem> | undefined {
  if (contentType?.startsWith('application/problem+json') !== true) return undefined
  try {
    const answer = readAnswer<Partial<Problem>>(text)
    return isProblem(answer) ? answer : undefined
  } catch {
    return undefined
  }
}

function isProblem(answer: Answer<Partial<Problem>>): answer is Answer<Problem> {
  return typeof answer.body?.code === 'string' && typeof answer.body.detail === 'string'
}
