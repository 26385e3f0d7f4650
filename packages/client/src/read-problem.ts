import { headerNames } from '@mtls-gateway/contract/words'
import { GatewayProblem, type ProblemDocument } from './gateway-problem.ts'

/**
 * The code of an answer to HEAD, which has no document, unless the target could not be reached: header fields tell of
 * that.
 */
export const unnamedProblem = 'UNNAMED'

type AnswerHead = Pick<Response, 'status' | 'headers'>

/** Undefined where the answer is no problem of the gateway's. */
export function readProblem(response: AnswerHead, text: string): GatewayProblem | undefined {
  const { headers } = response
  if (headers.get('content-type')?.startsWith('application/problem+json') !== true) return undefined
  const document = text === '' ? withoutDocument(response) : parsed(text)
  return document && new GatewayProblem(document, { text, headers })
}

function parsed(text: string): ProblemDocument | undefined {
  try {
    const value: Partial<ProblemDocument> | null = JSON.parse(text)
    return isProblem(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isProblem(value: Partial<ProblemDocument> | null): value is ProblemDocument {
  return typeof value?.code === 'string' && typeof value.detail === 'string' && typeof value.status === 'number'
}

function withoutDocument({ status, headers }: AnswerHead): ProblemDocument {
  const transportCode = headers.get(headerNames.transportError)
  const known = { status, instance: headers.get('x-request-id') ?? '' }
  if (transportCode === null) {
    return { ...known, code: unnamedProblem, detail: `The gateway answered ${status}, without saying why to a HEAD.` }
  }
  const detail = headers.get(headerNames.transportMessage) ?? ''
  return { ...known, code: 'TARGET_UNREACHABLE', detail, transportCode }
}
