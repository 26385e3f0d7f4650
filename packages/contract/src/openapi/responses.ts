import type { ErrorCode } from '@mtls-gateway/domain/words'
import { headerNames } from '../headers.ts'
import type { Answer, Operation } from '../operation.ts'
import { problemStatus } from '../problem-status.ts'
import { problem } from '../schemas/problem.ts'
import { problemCodes } from '../shared-problems.ts'
import { type AnswerHeaderName, type HeaderReference, headersOf } from './headers.ts'
import type { DocumentSchemas, JsonSchema } from './schemas.ts'

export interface ResponseObject {
  readonly description: string
  readonly headers: Readonly<Record<string, HeaderReference>>
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>
}

const text = { type: 'string' }
const binary = { type: 'string', format: 'binary' }

/**
 * May be anything. Generated clients take an answer without a type for JSON, and fail at any other; bytes they hand on.
 */
const targetsAnswer: ResponseObject = {
  description: 'What the target answered, with its status, header fields and body',
  headers: headersOf(['X-Request-Id', headerNames.presentedCertificate]),
  content: { '*/*': { schema: binary } },
}

/** All answers of an operation, by their status. */
export function responsesOf(operation: Operation, schemas: DocumentSchemas): Readonly<Record<string, ResponseObject>> {
  const responses = new Map<number, ResponseObject>()
  for (const [status, answer] of Object.entries(operation.answers)) {
    responses.set(Number(status), responseOf(operation, answer, schemas))
  }
  const codes = Object.groupBy(problemCodes(operation), (code) => problemStatus[code])
  for (const [text, here = []] of Object.entries(codes)) {
    const status = Number(text)
    responses.set(status, merged(responses.get(status), problemOf(operation, status, here, schemas)))
  }
  const sorted = [...responses].sort(([one], [other]) => one - other)
  return { ...Object.fromEntries(sorted), ...(operation.forwards && { default: targetsAnswer }) }
}

/** A status may be a problem's and an answer's, as 503 of readiness is. */
function merged(answer: ResponseObject | undefined, ofProblem: ResponseObject): ResponseObject {
  if (!answer) return ofProblem
  return {
    description: `${answer.description}. ${ofProblem.description}`,
    headers: { ...answer.headers, ...ofProblem.headers },
    content: { ...answer.content, ...ofProblem.content },
  }
}

function responseOf(operation: Operation, answer: Answer, schemas: DocumentSchemas): ResponseObject {
  const { json, type = 'application/json', text: types = [], headers = [], example, description } = answer
  if (operation.forwards) return { ...targetsAnswer, description }
  const notice: readonly AnswerHeaderName[] = operation.changes ? [headerNames.changeNotice] : []
  return {
    description,
    headers: headersOf(['X-Request-Id', ...headers, ...notice]),
    content: {
      ...(json && {
        [type]: { schema: schemas.ofAnswer(json), ...(example !== undefined && { example }) },
      }),
      ...Object.fromEntries(types.map((type) => [type, { schema: text }])),
    },
  }
}

function problemOf(
  { forwards }: Operation,
  status: number,
  codes: readonly ErrorCode[],
  schemas: DocumentSchemas,
): ResponseObject {
  const unreached = forwards && codes.includes('TARGET_UNREACHABLE')
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headersOf([
      'X-Request-Id',
      ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
      ...(status === 429 || status === 503 ? (['Retry-After'] as const) : []),
      ...(forwards ? ([headerNames.answeredBy] as const) : []),
      ...(unreached ? ([headerNames.transportMessage, headerNames.transportError] as const) : []),
    ]),
    content: {
      'application/problem+json': { schema: schemas.ofAnswer(problem) },
      // A target may have answered with the same status.
      ...(forwards && { '*/*': { schema: binary } }),
    },
  }
}
