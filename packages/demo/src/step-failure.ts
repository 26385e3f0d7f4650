import type { ApiResponse } from '@mtls-gateway/test-kit'
import type { AnsweredProblem } from './terminal.ts'

/** A step that did not come out as it must. The message is for the user and holds no secret. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
  readonly problem: AnsweredProblem | undefined

  constructor(message: string, problem?: AnsweredProblem) {
    super(message)
    this.problem = problem
  }
}

/** Well above what any step takes on a busy machine. */
const answerDeadlineMs = 30_000

/**
 * The body of an answer that has this status.
 * @throws StepFailure with status, code and detail of any other answer, and nothing else of it: an answer may hold
 *   secrets
 */
export async function answered<T>(status: number, answer: Promise<ApiResponse<T>>): Promise<T> {
  const response = await inTime(answer)
  if (response.status === status) return response.body
  const problem = problemOf(response)
  const { code = '(no problem document)', detail } = problem
  const words = [`${problem.status} ${code}`, ...(detail === undefined ? [] : [detail])]
  throw new StepFailure(words.join(': '), problem)
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const seconds = answerDeadlineMs / 1_000
  const timer = setTimeout(() => reject(new StepFailure(`no answer within ${seconds} s`)), answerDeadlineMs)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

function problemOf({ status, body }: ApiResponse<unknown>): AnsweredProblem {
  if (typeof body !== 'object' || body === null) return { status }
  return {
    status,
    ...('code' in body && typeof body.code === 'string' && { code: body.code }),
    ...('detail' in body && typeof body.detail === 'string' && { detail: body.detail }),
  }
}
