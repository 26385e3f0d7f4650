import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { IssuerError } from '../issuer-error.ts'

export interface ServerRequest {
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST'
  /** A signed JSON object. */
  readonly body?: string
  /** PEM of the CAs that its TLS may come from; the system's unless given. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

export interface ServerAnswer {
  readonly status: number
  readonly body: string
  readonly nonce: string | undefined
  readonly location: string | undefined
  readonly contentType: string
  readonly retryAfterMs: number | undefined
}

/** Directory and chains have some kilobytes. */
const maxAnswerBytes = 262_144
/** For one request, from connecting to the last byte. */
const deadlineMs = 10_000
const longestRetryAfterMs = 86_400_000

/**
 * An order takes a dozen requests, with waits between them that a server may use to close: a new connection for each
 * costs less than finding out. Node's own agents would also use a proxy of the environment.
 */
const agent = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) }

/**
 * Sends one request to an ACME server. No redirect is followed.
 * @throws IssuerError ISSUER_UNREACHABLE; the reason of `signal` once that is aborted
 */
export async function askServer({ url, method, body, ca, signal }: ServerRequest): Promise<ServerAnswer> {
  // Deployments without such an issuer never need it.
  const { default: got } = await import('got')
  const tooLarge = new AbortController()
  const deadline = AbortSignal.timeout(deadlineMs)
  const unreachable = (reason: string, cause: string) =>
    new IssuerError('ISSUER_UNREACHABLE', `The ACME server ${reason}. It is asked again later.`, {
      // Made here: the errors of the library hold what was sent.
      cause: new Error(`${method} ${url.origin}${url.pathname}: ${cause}`),
    })
  try {
    const request = got(url, {
      method,
      agent,
      headers: {
        accept: 'application/json, application/problem+json, application/pem-certificate-chain',
        ...(body !== undefined && { 'content-type': 'application/jose+json' }),
      },
      ...(body !== undefined && { body }),
      followRedirect: false,
      throwHttpErrors: false,
      // A compressed answer could grow beyond any limit on transferred bytes.
      decompress: false,
      signal: AbortSignal.any([signal, deadline, tooLarge.signal]),
      retry: { limit: 0 },
      https: { ...(ca !== undefined && { certificateAuthority: ca }), minVersion: 'TLSv1.2' },
    })
    request.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxAnswerBytes) tooLarge.abort()
    })
    const { statusCode, headers, body: text } = await request
    return {
      status: statusCode,
      body: text,
      nonce: single(headers['replay-nonce']),
      location: headers.location,
      contentType: headers['content-type'] ?? '',
      retryAfterMs: parseRetryAfter(headers['retry-after']),
    }
  } catch (error) {
    signal.throwIfAborted()
    if (tooLarge.signal.aborted) throw unreachable('answers more than an ACME server would', 'answer too large')
    if (deadline.aborted) throw unreachable(`did not answer within ${deadlineMs / 1_000} s`, 'deadline')
    const code = error instanceof Object && 'code' in error ? String(error.code) : 'no answer'
    throw unreachable(`cannot be reached (${code})`, error instanceof Error ? `${code}, ${error.message}` : code)
  }
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return ms > 0 ? Math.min(ms, longestRetryAfterMs) : undefined
}
