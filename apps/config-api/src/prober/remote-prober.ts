import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { shuttingDown } from '@mtls-gateway/bulkhead'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import { type Log, readBodyBytes } from '@mtls-gateway/service-kit'
import { readSharedKey } from '../configuration/shared-secret.ts'
import { maxProbeWaitMs, probeGraceMs, probeStartMs, signDeadlineMs } from './probe-limits.ts'
import { decodeProbed, decodeSigned, encodeProbe, maxProbeBytes } from './probe-wire.ts'
import type { Prober } from './prober.ts'
import type { ProbeRequest, SignRequest } from './prober-job.ts'
import { pskIdentity, pskTls } from './psk-tls.ts'

export interface RemoteProberOptions {
  readonly url: string
  readonly secretFile: string
  readonly log: Pick<Log, 'warn'>
}

/** What is sent once there is a place for it, and how long it may take then. */
interface Prepared {
  readonly text: string
  readonly deadlineMs: number
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
    const { body, retryAfter } = await this.#ask(`/probes/${accountId}`, async () => {
      const probe = await prepare()
      return { text: encodeProbe(probe), deadlineMs: probe.deadlineMs }
    })
    return decodeProbed(body, retryAfter)
  }

  async sign(accountId: AccountId, request: SignRequest): Promise<string> {
    // There it is read before it has its place.
    const prepared = { text: JSON.stringify(request), deadlineMs: maxProbeWaitMs + signDeadlineMs }
    const { body, retryAfter } = await this.#ask(`/signatures/${accountId}`, async () => prepared)
    return decodeSigned(body, retryAfter)
  }

  /** Whether the prober answers by the shared secret. It is asked for nothing. @throws Error of the connection */
  async check(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const { request, limit } = this.#open('/', { method: 'GET' })
    limit.within(connectMs)
    request.on('response', () => {
      request.destroy()
      resolve()
    })
    request.on('error', reject)
    request.end()
    return promise
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }

  async #ask(path: string, prepare: () => Promise<Prepared>) {
    let preparing: Promise<Prepared> | undefined
    try {
      const answer = await this.#send(path, () => (preparing = prepare()))
      const body = await readBodyBytes(answer, { maxBytes: maxProbeBytes })
      return { body: body.toString('utf8'), retryAfter: answer.headers['retry-after'] }
    } catch (cause) {
      // The caller gets this error: it is why the connection ended.
      await preparing
      if (this.#closing.signal.aborted) throw shuttingDown()
      this.#options.log.warn({ event: 'prober-unavailable', err: cause })
      throw unavailable(cause)
    }
  }

  #send(path: string, prepare: () => Promise<Prepared>): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const head = { method: 'POST', headers: { expect: '100-continue' } }
    const { request, limit } = this.#open(path, head)
    limit.within(connectMs)
    request.on('socket', (socket) => socket.once('secureConnect', () => limit.within(maxProbeWaitMs + marginMs)))
    request.on('continue', () => {
      prepare().then(
        ({ text, deadlineMs }) => {
          limit.within(probeStartMs + deadlineMs + probeGraceMs + marginMs)
          request.end(text)
        },
        (error: Error) => request.destroy(error),
      )
    })
    request.on('response', resolve)
    request.on('error', reject)
    request.flushHeaders()
    return promise
  }

  /** Begins a request on a connection of its own. */
  #open(
    path: string,
    head: Pick<RequestOptions, 'method' | 'headers'>,
  ): { readonly request: ClientRequest; readonly limit: Limit } {
    const { url, secretFile } = this.#options
    const psk = readSharedKey(secretFile)
    const options: RequestOptions & ConnectionOptions = {
      ...pskTls,
      ...head,
      agent: false,
      signal: this.#closing.signal,
      pskCallback: () => ({ psk, identity: pskIdentity }),
      // The secret proves who the server is: there is no certificate.
      checkServerIdentity: () => undefined,
    }
    const request = httpsRequest(new URL(path, url), options)
    const limit = limitOf((late) => request.destroy(late))
    request.on('close', () => limit.end())
    return { request, limit }
  }
}

type Limit = ReturnType<typeof limitOf>

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
