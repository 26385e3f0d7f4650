import { parseTargetUrl } from '@mtls-gateway/domain'
import { TargetGuard, type TargetGuardOptions } from '../addresses/target-guard.ts'
import type { Handshake } from '../connect/handshake.ts'
import { explainTransportError, type TransportFailure } from '../failures/explain-transport-error.ts'
import { TransportError } from '../failures/transport-error.ts'
import { AnswerCollector, type TargetAnswer, type TargetRequest } from '../http1/exchange.ts'
import type { TargetPool } from '../http1/target-pool.ts'
import type { ConnectionIdentity } from '../identities/connection-identity.ts'
import { UpstreamPools } from '../pools/upstream-pools.ts'
import { describeTargetChain, type TargetChain } from './target-chain.ts'

export interface TargetCall {
  /** An `https:` url in its canonical form. */
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** What is beyond is not read. */
  readonly maxBodyBytes: number
  /**
   * The call ends when the target's certificate was verified (`handshake.authorized`, `CALL_ABORTED`) or refused: no
   * request is sent, and the report says which certificates the target sent. For a process that makes this call and no
   * other, which may work on them.
   */
  readonly endsWithHandshake?: boolean
  /** Ends the call; a time limit for the whole of it is `AbortSignal.timeout`. */
  readonly signal: AbortSignal
}

export interface TargetCallReport {
  readonly answer: TargetAnswer | undefined
  /** Why there is no answer. */
  readonly failure: TransportFailure | undefined
  /** Undefined where the call did not come as far as the target's certificate. */
  readonly handshake: Handshake | undefined
  /** Only where the call ends with the handshake, and came as far as that. */
  readonly targetChain?: TargetChain | undefined
}

/**
 * One call on a connection of its own that is closed afterwards: for identities that are not, or not yet, in use.
 * Redirects are answers like any other.
 * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the url
 */
export async function callTarget(
  upstreams: UpstreamPools,
  identity: ConnectionIdentity,
  call: TargetCall,
): Promise<TargetCallReport> {
  const { hostname, port, origin, pathAndQuery } = parseTargetUrl(call.url)
  let handshake: Handshake | undefined
  let targetChain: TargetChain | undefined
  let pool: TargetPool | undefined
  try {
    const { method, headers, signal, body = null } = call
    signal.throwIfAborted()
    pool = upstreams.openApart(identity, origin, (made, chain) => {
      handshake = made
      if (!call.endsWithHandshake) return
      targetChain ??= describeTargetChain(chain)
      if (made.authorized) void pool?.destroy(new TransportError('CALL_ABORTED'))
    })
    const answer = await exchanged(
      pool,
      { method, path: pathAndQuery, headers: Object.entries(headers).flat(), body: bytesOf(body) },
      call,
    )
    return { answer, failure: undefined, handshake }
  } catch (error) {
    const failure = explainTransportError(error, `${hostname}:${port}`)
    return { answer: undefined, failure, handshake, targetChain }
  } finally {
    await pool?.destroy(new TransportError('CALL_ABORTED'))
  }
}

async function exchanged(
  pool: TargetPool,
  request: TargetRequest,
  { maxBodyBytes, signal }: TargetCall,
): Promise<TargetAnswer> {
  const collector = new AnswerCollector(maxBodyBytes)
  const giveUp = () => void pool.destroy(signal.reason)
  signal.addEventListener('abort', giveUp)
  pool.send(request, collector)
  return collector.answer.finally(() => signal.removeEventListener('abort', giveUp))
}

function bytesOf(body: string | Uint8Array | null): Uint8Array | null {
  return typeof body === 'string' ? Buffer.from(body) : body
}

/** To the child process: the one call that it makes. */
export interface TracedJob {
  readonly guard: TargetGuardOptions
  /** PEM: what is trusted beside the CAs that Node brings along. */
  readonly extraCa: readonly string[]
  readonly identity: ConnectionIdentity
  readonly call: Omit<TargetCall, 'signal'>
  /** For the whole of it. */
  readonly deadlineMs: number
}

/** For a process that makes this call and no other: OpenSSL's trace goes to the standard error of the whole process. */
export function makeTracedCall({ guard, extraCa, identity, call, deadlineMs }: TracedJob): Promise<TargetCallReport> {
  // A call that ends with the handshake is not about what the trace tells, and nobody has to read it.
  const trace = call.endsWithHandshake !== true
  const upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa, trace })
  return callTarget(upstreams, identity, { ...call, signal: AbortSignal.timeout(deadlineMs) })
}
