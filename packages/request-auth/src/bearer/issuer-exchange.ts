import { isCodedError } from '@mtls-gateway/domain'
import { issuerUnavailable } from './bearer-verifier.ts'

export interface IssuerRequest {
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** With a form it is a POST, otherwise a GET. */
  readonly form?: Readonly<Record<string, string>>
  /** For everything, including a second attempt, in milliseconds. */
  readonly timeoutMs: number
}

const maxAnswerBytes = 262_144

/**
 * Asks a token issuer; resolves with the text of a 200. Follows no redirects, which would take the credentials
 * elsewhere, and retries once if a kept connection had been closed.
 *
 * Rejects with CodedError `TOKEN_ISSUER_UNAVAILABLE`. Its cause is a sentence for the log: got's errors hold headers
 * and form.
 */
export async function askIssuer({ url, headers, form, timeoutMs }: IssuerRequest): Promise<string> {
  // Services that verify tokens by their own keys never need it.
  const { default: got } = await import('got')
  const tooLarge = new AbortController()
  const deadline = AbortSignal.timeout(timeoutMs)
  const unavailable = (reason: string, told = reason) =>
    // Without user and query.
    issuerUnavailable(reason, `${url.origin}${url.pathname}: ${told}`)
  try {
    const request = got(url, {
      method: form ? 'POST' : 'GET',
      ...(headers && { headers: { ...headers } }),
      ...(form && { form: { ...form } }),
      followRedirect: false,
      throwHttpErrors: false,
      // A compressed answer could grow beyond any limit on transferred bytes.
      decompress: false,
      signal: AbortSignal.any([deadline, tooLarge.signal]),
      retry: {
        limit: 1,
        methods: ['GET', 'POST'],
        statusCodes: [],
        errorCodes: ['ECONNRESET', 'EPIPE'],
        backoffLimit: 0,
        noise: 0,
      },
    })
    request.on('downloadProgress', ({ transferred }) => {
      if (transferred > maxAnswerBytes) tooLarge.abort()
    })
    const { statusCode, body } = await request
    if (statusCode !== 200) throw unavailable(`it answered with status ${statusCode}`)
    return body
  } catch (error) {
    if (isCodedError(error)) throw error
    if (tooLarge.signal.aborted) throw unavailable(`its answer is larger than ${maxAnswerBytes} bytes`)
    if (deadline.aborted) throw unavailable(`no answer within ${timeoutMs} ms`)
    const code = errorCode(error)
    throw unavailable(code, error instanceof Error ? `${code}, ${error.message}` : code)
  }
}

function errorCode(error: unknown): string {
  return error instanceof Object && 'code' in error ? String(error.code) : 'no answer'
}
