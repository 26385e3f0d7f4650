import { parseTargetUrl } from '@mtls-gateway/domain'
import { explainTransportError, type TransportFailure } from '../failures/explain-transport-error.ts'
import { TransportError } from '../failures/transport-error.ts'
import type { TargetAnswer } from '../http1/exchange.ts'
import type { TargetPool } from '../http1/target-pool.ts'
import { type WholeCall, wholeAnswer } from '../http1/whole-answer.ts'
import type { ConnectionIdentity } from '../identities/connection-identity.ts'
import type { UpstreamPools } from '../pools/upstream-pools.ts'
import { type Handshake, HandshakeNotes, type HandshakeTrace } from './handshake-trace.ts'
import { describeTargetChain, type TargetChain } from './target-chain.ts'

export interface TargetCall extends WholeCall {
  /**
   * The call ends when the target's certificate was verified (`handshake.authorized`, `CALL_ABORTED`) or refused: no
   * request is sent, and the report says which certificates the target sent. For a process that makes this call and no
   * other, which may work on them.
   */
  readonly endsWithHandshake?: boolean
  /** The report has what the target says of client certificates: for a process that makes calls and nothing else. */
  readonly isTraced?: boolean
}

export interface TargetCallReport {
  readonly answer: TargetAnswer | undefined
  /** Why there is no answer. */
  readonly failure: TransportFailure | undefined
  /** Undefined where the call did not come as far as the target's certificate. */
  readonly handshake: Handshake | undefined
  /** Only where the call ends with the handshake, and came as far as that. */
  readonly targetChain?: TargetChain | undefined
  readonly trace?: HandshakeTrace | undefined
}

/**
 * One call on a connection of its own that is closed afterwards: for identities that are not, or not yet, in use.
 * @throws CodedError `TARGET_URL_NOT_CANONICAL`, `TARGET_URL_NOT_HTTPS`, `LIMIT_EXCEEDED`: what is wrong with the url
 */
export async function callTarget(
  upstreams: UpstreamPools,
  identity: ConnectionIdentity,
  call: TargetCall,
): Promise<TargetCallReport> {
  const { hostname, port, origin } = parseTargetUrl(call.url)
  let targetChain: TargetChain | undefined
  let pool: TargetPool | undefined
  const notes = new HandshakeNotes()
  const traceOf = (error?: unknown) =>
    call.isTraced ? notes.trace(error, identity.credentials?.certificates) : undefined
  try {
    call.signal.throwIfAborted()
    pool = upstreams.openApart(identity, origin, (seen) => {
      notes.take(seen)
      if (!call.endsWithHandshake || notes.handshake === undefined) return
      targetChain ??= describeTargetChain(notes.chain)
      if (notes.handshake.authorized) void pool?.destroy(new TransportError('CALL_ABORTED'))
    })
    const answer = await wholeAnswer(pool, call)
    return { answer, failure: undefined, handshake: notes.handshake, trace: traceOf() }
  } catch (error) {
    const failure = explainTransportError(error, `${hostname}:${port}`)
    return { answer: undefined, failure, handshake: notes.handshake, targetChain, trace: traceOf(error) }
  } finally {
    await pool?.destroy(new TransportError('CALL_ABORTED'))
  }
}
