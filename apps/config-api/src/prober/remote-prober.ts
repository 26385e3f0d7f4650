import type { IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { shuttingDown } from '@mtls-gateway/bulkhead'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import { type Log, readBodyBytes } from '@mtls-gateway/service-kit'
import { readSharedKey } from '../configuration/shared-secret.ts'
import { maxProbeWaitMs, probeGraceMs, probeStartMs } from './probe-limits.ts'
import { decodeProbed, encodeProbe, maxProbeBytes } from './probe-wire.ts'
import type { Prober } from './prober.ts'
import type { ProbeRequest } from './prober-job.ts'
import { pskIdentity, pskTls } from './psk-tls.ts'

export interface RemoteProberOptions {
  readonly url: string
  readonly secretFile: string
  readonly log: Log
}

const connectMs = 5_000
/** Extra time for the prober's answer to arrive. */
const marginMs = 5_000
const retryAfterSeconds = 5

/**
 * Asks the prober, a separate deployment that shares only the secret of this channel with config-api. A request has its
 * place there once the prober asks it to continue (RFC 9110 section 10.1.1). Only then is anything written about the
 * probe, and the probe sent.
 */
export class RemoteProber implements Prober {
  readonly #options: RemoteProberOptions
  readonly #closing = new AbortController()

  constructor(options: RemoteProberOptions) {
    this.#options = options
  }

  async run(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<readonly ProbedTarget[]> {
    let preparing: Promise<ProbeRequest> | undefined
    const { body, retryAfter } = await this.#ask(accountId, () => (preparing = prepare())).catch(async (cause) => {
      // The caller gets this error: it is why the connection ended.
      await preparing
      if (this.#closing.signal.aborted) throw shuttingDown()
      this.#options.log.warn({ event: 'prober-unavailable', err: cause })
      throw unavailable(cause)
    })
    return decodeProbed(body, retryAfter)
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  async #ask(accountId: AccountId, prepare: () => Promise<ProbeRequest>) {
    const answer = await this.#send(accountId, prepare)
    const body = await readBodyBytes(answer, { maxBytes: maxProbeBytes })
    return { body: body.toString('utf8'), retryAfter: answer.headers['retry-after'] }
  }

  #send(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<IncomingMessage> {
    const { url, secretFile } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const psk = readSharedKey(secretFile)
    const options: RequestOptions & ConnectionOptions = {
      ...pskTls,
      method: 'POST',
      headers: { expect: '100-continue' },
      agent: false,
      signal: this.#closing.signal,
      pskCallback: () => ({ psk, identity: pskIdentity }),
      // The secret proves who the server is: there is no certificate.
      checkServerIdentity: () => undefined,
    }
    const request = httpsRequest(new URL(`/probes/${accountId}`, url), options)
    const limit = limitOf((late) => request.destroy(late))
    limit.within(connectMs)
    request.on('socket', (socket) => socket.once('secureConnect', () => limit.within(maxProbeWaitMs + marginMs)))
    request.on('continue', () => {
      prepare().then(
        (probe) => {
          limit.within(probeStartMs + probe.deadlineMs + probeGraceMs + marginMs)
          request.end(encodeProbe(probe))
        },
        (error: Error) => request.destroy(error),
      )
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.on('close', () => limit.end())
    request.flushHeaders()
    return promise
  }
}

function limitOf(onLate: (late: Error) => void) {
  let timer: NodeJS.Timeout | undefined
  return {
    within(ms: number): void {
      clearTimeout(timer)
      timer = setTimeout(() => onLate(new Error(`no answer within ${ms} ms`)), ms)
    },
    end: () => clearTimeout(timer),
  }
}

function unavailable(cause: unknown): CodedError {
  const sentence =
    'The prober, which makes these calls, cannot be reached now. Send the request again in a few seconds.'
  return new CodedError('PROBER_UNAVAILABLE', sentence, { cause, retryAfterSeconds })
}
