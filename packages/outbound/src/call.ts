import { parseTargetUrl } from '@mtls-gateway/domain'
import type { Dispatcher } from 'undici'
import type { ConnectionCaller } from './client-identity.ts'
import type { Dispatchers } from './dispatchers.ts'
import type { Handshake } from './handshake.ts'
import { explainTransportError, type TransportFailure } from './transport-errors.ts'

export interface TargetCall {
  /** An `https:` url in its canonical form. */
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** What is beyond is not read. */
  readonly maxBodyBytes: number
  /** Ends the call; a time limit for the whole of it is `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

export interface TargetAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body went on beyond `maxBodyBytes`. */
  readonly truncated: boolean
}

export interface TargetCallReport {
  readonly answer: TargetAnswer | undefined
  /** Why there is no answer. */
  readonly failure: TransportFailure | undefined
  /** Undefined where the call did not come as far as the target's certificate. */
  readonly handshake: Handshake | undefined
}

/**
 * One call on a connection of its own that is closed afterwards: for identities that are not, or not yet, in use.
 * Redirects are answers like any other.
 * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the url
 */
export async function callTarget(
  dispatchers: Dispatchers,
  caller: ConnectionCaller,
  call: TargetCall,
): Promise<TargetCallReport> {
  const { hostname, port, pathAndQuery } = parseTargetUrl(call.url)
  let handshake: Handshake | undefined
  let dispatcher: Dispatcher | undefined
  try {
    dispatcher = dispatchers.openApart(caller, `https://${hostname}:${port}`, (made) => {
      handshake = made
    })
    const { method, headers, signal, body = null } = call
    const response = await dispatcher.request({ path: pathAndQuery, method, headers: { ...headers }, signal, body })
    const answer: TargetAnswer = {
      status: response.statusCode,
      headers: response.headers,
      ...(await readBody(response.body, call.maxBodyBytes)),
    }
    return { answer, failure: undefined, handshake }
  } catch (error) {
    return { answer: undefined, failure: explainTransportError(error, `${hostname}:${port}`), handshake }
  } finally {
    await dispatcher?.destroy()
  }
}

async function readBody(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maxBytes) break
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: length > maxBytes }
}
