import { parseTargetUrl } from '@mtls-gateway/domain'
import { isDeadReusedConnection } from '../failures/connection-facts.ts'
import { AnswerCollector, type TargetAnswer } from '../http1/exchange.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'
import type { UpstreamPools } from './upstream-pools.ts'

export interface KeptCall {
  /** An `https:` url in its canonical form. */
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** What is beyond is not read. */
  readonly maxBodyBytes: number
  /** Ends the call; a time limit for the whole of it is `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

/**
 * A call of the gateway's own over the connections that are kept for an identity, beside those that it carries. Its
 * answer is read whole, and redirects are answers like any other. It is sent once more where the kept connection was
 * dead: whoever uses this may repeat it.
 * @throws TransportError, the signal's reason; CodedError `TOO_MANY_CALLS`, and what is wrong with the url
 */
export async function callOverKept(
  upstreams: UpstreamPools,
  identity: AccountIdentity,
  { url, method, headers, body, maxBodyBytes, signal }: KeptCall,
): Promise<TargetAnswer> {
  const { origin, pathAndQuery: path } = parseTargetUrl(url)
  const bytes = body === null ? null : Buffer.from(body)
  const request = { method, path, headers: Object.entries(headers).flat(), body: bytes }
  const send = async (onNew: boolean) => {
    signal.throwIfAborted()
    const collector = new AnswerCollector(maxBodyBytes)
    const giveUp = () => collector.abort(signal.reason)
    signal.addEventListener('abort', giveUp)
    try {
      upstreams.acquire(identity, origin).send(request, collector, onNew)
      return await collector.answer
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
  try {
    return await send(false)
  } catch (error) {
    if (!isDeadReusedConnection(error)) throw error
    return send(true)
  }
}
