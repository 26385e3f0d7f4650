import { headerNames } from './headers.ts'
import type { Answer, Operation } from './operation.ts'
import { problemStatus } from './problem-status.ts'
import { problem } from './schemas/problem.ts'
import { problemCodes } from './shared-problems.ts'

/** An answer as it came. */
export interface GivenAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface GivenRequest {
  readonly method: string
  /** With an Idempotency-Key the answer may be that of a request that was made before. */
  readonly hasIdempotencyKey: boolean
}

/** What about an answer the contract does not say; empty: it is as it should be. */
export function answerFaults(operation: Operation, request: GivenRequest, answer: GivenAnswer): readonly string[] {
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (operation.forwards && answer.headers[headerNames.answeredBy.toLowerCase()] === undefined) return []
  if (type === 'application/problem+json') return problemFaults(operation, request, answer)
  const documented = operation.answers[answer.status]
  if (documented === undefined) return [`status ${answer.status} is not documented`]
  if (request.method === 'HEAD') return []
  if (documented.text?.includes(type)) return []
  // RFC 9110 section 15.4.5: without content.
  if (answer.status === 304) return []
  if (!documented.json || type !== (documented.type ?? 'application/json')) return [`type "${type}" is not documented`]
  return jsonFaults(documented, request, answer.body)
}

function jsonFaults({ json, repeated }: Answer, { hasIdempotencyKey }: GivenRequest, body: string): readonly string[] {
  const value: unknown = JSON.parse(body)
  const first = json?.safeParse(value)
  if (first?.success || (hasIdempotencyKey && repeated?.safeParse(value).success)) return []
  return first?.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

function problemFaults(
  operation: Operation,
  { method }: GivenRequest,
  { status, body }: GivenAnswer,
): readonly string[] {
  if (method === 'HEAD') return []
  const { success, data, error } = problem.safeParse(JSON.parse(body))
  if (!success) return error.issues.map(({ path, message }) => `problem ${path.join('.')}: ${message}`)
  const { code } = data
  return [
    ...(problemCodes(operation).includes(code) ? [] : [`code ${code} is not documented`]),
    ...(status === problemStatus[code] && status === data.status ? [] : [`status ${status} is not that of ${code}`]),
  ]
}
