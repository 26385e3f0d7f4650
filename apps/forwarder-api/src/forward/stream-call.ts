import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { MaybePromise, ParsedTargetUrl } from '@mtls-gateway/domain'
import { type Dispatchers, isDeadReusedConnection, type TargetCaller, type TargetPool } from '@mtls-gateway/outbound'
import { AnswerRelay, type RelayOptions } from './answer-relay.ts'
import { CallerOutdated } from './current-version.ts'
import { targetUnreachable } from './transport-failure.ts'

export interface StreamedCall {
  readonly caller: TargetCaller
  readonly target: ParsedTargetUrl
  readonly method: string
  /** `[name, value, ...]` */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  readonly response: ServerResponse
  readonly relay: RelayOptions
  /** Asked after a wait. False: the account no longer makes calls as this caller. */
  readonly isCurrent: () => MaybePromise<boolean>
  /**
   * Called in the very turn in which the call is sent.
   * @throws CodedError if its certificate may no longer be presented
   */
  readonly checkCaller: () => void
}

/** Methods that may be done twice (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * Sends a call to its target and streams the answer back. If the target had closed the kept connection that the call
 * went out on, a call that can be repeated is sent once more, on a new connection: the other kept ones may be closed
 * as well.
 * Rejects only while nothing of an answer has gone out. Resolves without sending anything if the caller has gone.
 * @throws CallerOutdated: while the call waited, its certificate was replaced or deleted, or its mapping changed
 */
export async function streamCall(dispatchers: Dispatchers, call: StreamedCall): Promise<void> {
  try {
    try {
      await send(dispatchers, call, false)
    } catch (error) {
      if (call.body !== null || !idempotent.has(call.method) || !isDeadReusedConnection(error)) throw error
      if (!(await call.isCurrent())) throw new CallerOutdated()
      await send(dispatchers, call, true)
    }
  } catch (error) {
    throw targetUnreachable(error, `${call.target.hostname}:${call.target.port}`)
  }
}

function send(dispatchers: Dispatchers, call: StreamedCall, onNewConnection: boolean): Promise<void> {
  const { caller, target, response } = call
  if (response.destroyed) return Promise.resolve()
  call.checkCaller()
  const pool = dispatchers.acquireOpen(caller, target.origin)
  return pool === undefined ? sendInTurn(dispatchers, call, onNewConnection) : sendOn(pool, call, onNewConnection)
}

/** The first call of a caller, which begins with a handshake. */
async function sendInTurn(dispatchers: Dispatchers, call: StreamedCall, onNewConnection: boolean): Promise<void> {
  const { caller, target, response } = call
  await dispatchers.turn(caller, () => !response.destroyed)
  if (response.destroyed) return
  if (!(await call.isCurrent())) throw new CallerOutdated()
  call.checkCaller()
  await sendOn(dispatchers.acquire(caller, target.origin), call, onNewConnection)
}

function sendOn(pool: TargetPool, call: StreamedCall, onNewConnection: boolean): Promise<void> {
  const { target, method, headers, body, response } = call
  const relay = new AnswerRelay(response, call.relay)
  pool.send({ path: target.pathAndQuery, method, headers, body }, relay, onNewConnection)
  return relay.ended
}
