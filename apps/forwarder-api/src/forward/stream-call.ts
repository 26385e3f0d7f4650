import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ParsedTargetUrl } from '@mtls-gateway/domain'
import { isDeadReusedConnection, type UpstreamPools } from '@mtls-gateway/outbound'
import { AnswerRelay, type RelayOptions } from './answer/answer-relay.ts'
import { targetUnreachable } from './answer/transport-failure.ts'
import { type CallIdentity, type CertificateChoice, isMapped } from './certificate/certificate-choice.ts'
import type { TargetCredentials } from './credentials/target-credentials.ts'
import { withFields } from './headers/request-headers.ts'

export interface StreamedCall {
  /** Chosen in the tick in which the call is streamed. */
  readonly identity: CallIdentity
  /** For a repetition: time has passed. */
  readonly chooseAgain: () => Promise<CallIdentity>
  readonly choice: Pick<CertificateChoice, 'refuseRevoked'>
  readonly credentials: Pick<TargetCredentials, 'refused'>
  readonly target: ParsedTargetUrl
  readonly method: string
  /** `[name, value, ...]` */
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  readonly response: ServerResponse
  readonly relay: RelayOptions
}

/** Methods that may be repeated (RFC 9110 section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * Sends a call to its target and streams the answer back. If the target had already closed the kept connection that was
 * used, a repeatable call is sent once more, on a new connection, as other kept ones may be closed, too.
 * Rejects only while none of the answer has gone out. Resolves without sending anything if the caller has left.
 */
export async function streamCall(upstreams: UpstreamPools, call: StreamedCall): Promise<void> {
  try {
    try {
      await send(upstreams, call, call.identity, false)
    } catch (error) {
      if (call.body !== null || !idempotent.has(call.method) || !isDeadReusedConnection(error)) throw error
      const identity = await call.chooseAgain()
      call.relay.metrics.repeated()
      await send(upstreams, call, identity, true)
    }
  } catch (error) {
    const { target, identity, relay } = call
    throw targetUnreachable(error, `${target.hostname}:${target.port}`, presentedBy(identity), relay.target)
  }
}

function send(
  upstreams: UpstreamPools,
  call: StreamedCall,
  identity: CallIdentity,
  onNewConnection: boolean,
): Promise<void> {
  const { choice, credentials, target, method, body, response } = call
  if (response.destroyed) return Promise.resolve()
  choice.refuseRevoked(identity)
  const upstream = upstreams.acquire(identity, target.origin)
  if (!onNewConnection) call.relay.target.goesOut()
  const answerTimeoutMs = isMapped(identity) ? identity.answerTimeoutMs : undefined
  const fields = isMapped(identity) ? identity.fields : undefined
  const headers = fields ? withFields(call.headers, fields) : call.headers
  const onUnauthorized = fields && (() => credentials.refused(identity))
  const relay = new AnswerRelay(response, call.relay, presentedBy(identity), onUnauthorized)
  const { pathAndQuery: path } = target
  upstream.send({ path, method, headers, body, answerTimeoutMs }, relay, onNewConnection)
  return relay.ended
}

/** The value of LP-presented-certificate. */
function presentedBy(identity: CallIdentity): string | undefined {
  return isMapped(identity) ? `sha256=${identity.fingerprintSha256}` : undefined
}
