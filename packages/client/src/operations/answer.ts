import { headerNames } from '@mtls-gateway/contract/words'
import { readApproval } from '../approval-requested.ts'
import { readProblem } from '../read-problem.ts'
import { UnexpectedAnswer } from '../unexpected-answer.ts'

/** A good answer. */
export interface Answer<Body> {
  readonly status: number
  readonly body: Body
  /** The body as it came. */
  readonly text: string
  /** For `ifMatch`, strong; null where there is nothing that it could be of. */
  readonly etag: string | null
  /** The change is made, but forwarders may see it some minutes late. */
  readonly isDelayed: boolean
  readonly headers: Headers
}

/**
 * The type is what the contract says of the operation; the body is not checked against it.
 * @throws GatewayProblem, ApprovalRequested, UnexpectedAnswer
 */
export async function readAnswer(response: Response): Promise<Answer<unknown>> {
  const { status, headers } = response
  const text = await response.text()
  if (!response.ok) throw readProblem(response, text) ?? new UnexpectedAnswer(response, text)
  const body = bodyOf(response, text)
  if (status === 202 && !isOrdered(body)) throw readApproval(response, text, body)
  return {
    status,
    body,
    text,
    etag: strongEtag(headers.get('etag')),
    isDelayed: headers.has(headerNames.changeNotice),
    headers,
  }
}

/** The only 202 that is no approval: an issuer answers later (`issueCertificate`). */
function isOrdered(body: unknown): boolean {
  return 'certificate' in Object(body) && 'plan' in Object(body)
}

/**
 * A proxy that compresses makes it weak, as the bytes differ; what it is of is the same, and If-Match takes no weak
 * one.
 */
function strongEtag(etag: string | null): string | null {
  return etag?.replace(/^W\//, '') ?? null
}

function bodyOf(response: Response, text: string): unknown {
  const [type] = (response.headers.get('content-type') ?? '').split(';')
  if (type === 'application/x-pem-file') return text
  if (type !== 'application/json' && type !== 'application/jwk-set+json') throw new UnexpectedAnswer(response, text)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UnexpectedAnswer(response, text, { cause })
  }
}
