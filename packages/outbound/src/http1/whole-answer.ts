import { parseTargetUrl } from '@mtls-gateway/domain'
import { AnswerCollector, type TargetAnswer } from './exchange.ts'
import type { TargetPool } from './target-pool.ts'

/** A call of the gateway's own, whose answer is read whole. */
export interface WholeCall {
  /** An `https:` url in its canonical form. */
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | null
  /** What is beyond is not read. */
  readonly maxBodyBytes: number
  /** Ends the call, if it has begun; a time limit for the whole of it is `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

/**
 * Redirects are answers like any other.
 * @param onNew use only a connection that has carried nothing yet
 * @throws TransportError, the signal's reason; CodedError `TOO_MANY_CALLS`
 */
export async function wholeAnswer(pool: TargetPool, call: WholeCall, onNew = false): Promise<TargetAnswer> {
  const { url, method, headers, body = null, maxBodyBytes, signal } = call
  const { pathAndQuery: path } = parseTargetUrl(url)
  const collector = new AnswerCollector(maxBodyBytes)
  const giveUp = () => collector.abort(signal.reason)
  signal.addEventListener('abort', giveUp)
  try {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    pool.send({ method, path, headers: Object.entries(headers).flat(), body: bytes }, collector, onNew)
    return await collector.answer
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
