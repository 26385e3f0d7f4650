import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ParsedTargetUrl } from '@mtls-gateway/domain'
import { isDeadReusedConnection, type Upstream, type Upstreams } from '@mtls-gateway/outbound'
import { AnswerRelay, type RelayOptions } from './answer/answer-relay.ts'
import { targetUnreachable } from './answer/transport-failure.ts'
import {
  type CallIdentity,
  type CertificateChoice,
  IdentityOutdated,
  isMapped,
  type MappableCall,
} from './certificate/certificate-choice.ts'

export interface StreamedCall {
  /** Chosen for the call, and asked about again before it is sent, as it may have waited. */
  readonly identity: CallIdentity
  readonly mappable: MappableCall
  readonly choice: Pick<CertificateChoice, 'isStillChosen' | 'refuseRevoked'>
  readonly target: ParsedTargetUrl
  readonly method: string
  /** `[name, value, ...]` */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  /** The caller waits for a 100 before it sends the body, and so does the call. */
  readonly expectsContinue: boolean
  readonly response: ServerResponse
  readonly relay: RelayOptions
}

/** Methods that may be repeated (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * Sends a call to its target and streams the answer back. If the target had already closed the kept connection that was
 * used, a repeatable call is sent once more, on a new connection, as other kept ones may be closed, too.
 * Rejects only while none of the answer has gone out. Resolves without sending anything if the caller has left.
 * @throws IdentityOutdated: while the call waited, its certificate was replaced or deleted, or its mapping changed
 */
export async function streamCall(upstreams: Upstreams, call: StreamedCall): Promise<void> {
  try {
    try {
      await send(upstreams, call, false)
    } catch (error) {
      if (call.body !== null || !idempotent.has(call.method) || !isDeadReusedConnection(error)) throw error
      if (!(await call.choice.isStillChosen(call.identity, call.mappable))) throw new IdentityOutdated()
      call.relay.metrics.repeated()
      await send(upstreams, call, true)
    }
  } catch (error) {
    throw targetUnreachable(error, `${call.target.hostname}:${call.target.port}`, call.relay.target)
  }
}

function send(upstreams: Upstreams, call: StreamedCall, onNewConnection: boolean): Promise<void> {
  const { identity, choice, target, response } = call
  if (response.destroyed) return Promise.resolve()
  choice.refuseRevoked(identity)
  return sendOn(upstreams.acquire(identity, target.origin), call, onNewConnection)
}

function sendOn(upstream: Upstream, call: StreamedCall, onNewConnection: boolean): Promise<void> {
  const { identity, target, method, headers, body, expectsContinue, response } = call
  if (!onNewConnection) call.relay.target.goesOut()
  const relay = new AnswerRelay(response, call.relay)
  const answerTimeoutMs = isMapped(identity) ? identity.answerTimeoutMs : undefined
  const { pathAndQuery: path } = target
  upstream.send({ path, method, headers, body, expectsContinue, answerTimeoutMs }, relay, onNewConnection)
  return relay.ended
}
