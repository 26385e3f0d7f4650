import { createHmac } from 'node:crypto'
import {
  explainTransportError,
  type GuardedAgent,
  type TransportCode,
  TransportError,
  type TransportFailure,
} from '@mtls-gateway/outbound'
import type { WebhookEndpoint } from './webhook-endpoint.ts'
import type { WebhookMessage } from './webhook-message.ts'

const deadlineMs = 30_000
const maxAnswerBytes = 65_536

/** What a webhook answered. Nothing of the message is in it. */
export type WebhookReply =
  /** A reply that is too long was not read to its end. */
  { readonly status: number; readonly isTooLong: boolean } | { readonly failure: TransportFailure }

/** A message that is not delivered is sent again, unless the webhook is only tested. */
export function isDelivered(reply: WebhookReply): boolean {
  return 'status' in reply && reply.status <= 299 && !reply.isTooLong
}

/** Sends Standard Webhooks messages: an id that stays the same, a time, and an HMAC-SHA256 over both and the body. */
export class WebhookSender {
  readonly #agent: GuardedAgent

  constructor(agent: GuardedAgent) {
    this.#agent = agent
  }

  /**
   * Resolves on a 2xx; retries by itself if a later attempt may succeed.
   *
   * Rejects with an Error that has the status or a code. It has nothing of the message: got's errors hold headers and
   * body.
   */
  async send(endpoint: WebhookEndpoint, message: WebhookMessage, signal: AbortSignal): Promise<void> {
    const reply = await this.#post(endpoint, message, 3, signal)
    if (isDelivered(reply)) return
    const reason = 'failure' in reply ? reply.failure.code : `status ${reply.status}`
    throw new Error(`the webhook was not delivered: ${reason}`)
  }

  /** Tries once, and never rejects because of what the webhook does. */
  sendOnce(endpoint: WebhookEndpoint, message: WebhookMessage): Promise<WebhookReply> {
    return this.#post(endpoint, message, 0)
  }

  /** Redirects are not followed: they would take the message elsewhere. */
  async #post(
    { url, secret }: WebhookEndpoint,
    { id, body }: WebhookMessage,
    retries: number,
    signal?: AbortSignal,
  ): Promise<WebhookReply> {
    // Most instances never send one.
    const { default: got, HTTPError, RequestError } = await import('got')
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const tooLong = new AbortController()
    const deadline = AbortSignal.timeout(deadlineMs)
    const ends = [tooLong.signal, deadline, ...(signal ? [signal] : [])]
    try {
      const request = got.post(url, {
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${sign(secret, `${id}.${timestamp}.${body}`)}`,
        },
        agent: { https: this.#agent },
        followRedirect: false,
        decompress: false,
        retry: { limit: retries, methods: ['POST'] },
        signal: AbortSignal.any(ends),
      })
      // The connection tells twice that a target of TLS 1.3 wants a client certificate, and got takes notice of the
      // first only: the second would end the process.
      request.on('request', (sent) => sent.on('error', () => {}))
      request.on('downloadProgress', ({ transferred }) => {
        if (transferred > maxAnswerBytes) tooLong.abort()
      })
      // got resolves on a redirect that it does not follow.
      const { statusCode } = await request
      return { status: statusCode, isTooLong: false }
    } catch (error) {
      const { response, code, cause } = error instanceof RequestError ? error : { code: '', cause: error }
      const isTooLong = tooLong.signal.aborted
      const status = response?.statusCode
      if (status !== undefined && (isTooLong || error instanceof HTTPError)) return { status, isTooLong }
      const failed = signal?.aborted ? 'CALL_ABORTED' : deadline.aborted ? 'TIMEOUT' : codesByGotCode[code]
      return { failure: explainTransportError(failed ? new TransportError(failed) : cause, new URL(url).host) }
    }
  }
}

/** What got finds by itself: the answer broke off. */
const codesByGotCode: Readonly<Record<string, TransportCode>> = { ERR_HTTP_CONTENT_LENGTH_MISMATCH: 'SOCKET_CLOSED' }

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return createHmac('sha256', key).update(content).digest('base64')
}
