import { Agent, type IncomingMessage, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import type { AppKey } from '../../test/support/wire.ts'
import type { CallEnd } from './paced-calls.ts'

/** After that an answer is not waited for. */
const patienceMs = 60_000

export interface SignedCallerOptions {
  readonly appKey: AppKey
  /** PEM of whoever has issued the server's certificate, over https. */
  readonly ca?: string
}

export interface CallerRequest {
  readonly method: string
  /** Where the service answers, such as `http://127.0.0.1:8080`. */
  readonly base: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/**
 * Signs calls and keeps its connections, as most HTTP clients do. It repeats nothing: a connection that ends under a
 * call is a failed call.
 */
export class SignedCaller implements Disposable {
  readonly #options: SignedCallerOptions
  readonly #agent = new Agent({ keepAlive: true })
  readonly #tlsAgent: TlsAgent

  constructor(options: SignedCallerOptions) {
    this.#options = options
    this.#tlsAgent = new TlsAgent({ keepAlive: true, ...(options.ca !== undefined && { ca: options.ca }) })
  }

  /** Rejects with the error of the connection. */
  call({ method, base, path, headers = {}, body }: CallerRequest): Promise<CallEnd> {
    const { appKey, appSecret } = this.#options.appKey
    const url = new URL(path, base)
    const authorization = signOAuth1({ method, url: base + path, appKey, appSecret })
    const text = body === undefined ? undefined : JSON.stringify(body)
    const ofBody = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length }
    const signal = AbortSignal.timeout(patienceMs)
    const options = { method, headers: { ...headers, ...ofBody, authorization }, signal }
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? tlsRequest(url, { ...options, agent: this.#tlsAgent })
          : request(url, { ...options, agent: this.#agent })
      sent.once('error', reject)
      sent.once('response', (response) => {
        textOf(response).then((answer) => resolve(endOf(response, answer)), reject)
      })
      sent.end(text)
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
    this.#tlsAgent.destroy()
  }
}

function endOf({ statusCode, headers }: IncomingMessage, body: string): CallEnd {
  if (!headers['content-type']?.startsWith('application/problem+json')) return String(statusCode)
  return `${statusCode} ${JSON.parse(body).code}`
}
