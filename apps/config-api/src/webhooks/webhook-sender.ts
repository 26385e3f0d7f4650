import { setTimeout } from 'node:timers/promises'
import {
  callTarget,
  signedMessageHeaders,
  type TransportCode,
  type TransportFailure,
  type UpstreamPools,
} from '@mtls-gateway/outbound'
import type { WebhookEndpoint } from './webhook-endpoint.ts'
import type { WebhookMessage } from './webhook-message.ts'

const deadlineMs = 30_000
const maxAnswerBytes = 65_536

/** Statuses and failures after which a later attempt may succeed. */
const passingStatuses: ReadonlySet<number> = new Set([408, 413, 429, 500, 502, 503, 504])
const passingFailures: ReadonlySet<TransportCode> = new Set([
  'TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'SOCKET_CLOSED',
  'ENOTFOUND',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'EGRESS_PROXY_UNREACHABLE',
  'EGRESS_PROXY_TIMEOUT',
  'EGRESS_PROXY_CANNOT_CONNECT',
])

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
  readonly #upstreams: UpstreamPools

  constructor(upstreams: UpstreamPools) {
    this.#upstreams = upstreams
  }

  /**
   * Resolves on a 2xx; retries by itself if a later attempt may succeed.
   *
   * Rejects with an Error that has the status or a code, and nothing of the message.
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
    { accountId, url, secret }: WebhookEndpoint,
    { id, body }: WebhookMessage,
    retries: number,
    signal?: AbortSignal,
  ): Promise<WebhookReply> {
    const deadline = AbortSignal.timeout(deadlineMs)
    const ends = signal ? AbortSignal.any([signal, deadline]) : deadline
    const headers = {
      'content-type': 'application/json',
      ...(secret !== undefined && signedMessageHeaders(secret, { id, body }, Date.now())),
    }
    const call = { url, method: 'POST', headers, body, maxBodyBytes: maxAnswerBytes, signal: ends }
    for (let attempt = 0; ; attempt++) {
      const { answer, failure } = await callTarget(this.#upstreams, { accountId }, call)
      const mayPass =
        failure === undefined ? passingStatuses.has(answer?.status ?? 0) : passingFailures.has(failure.code)
      if (!mayPass || attempt === retries || ends.aborted) {
        return failure === undefined
          ? { status: answer?.status ?? 0, isTooLong: answer?.truncated === true }
          : { failure }
      }
      const askedForMs = Number(answer?.headers['retry-after'] ?? Number.NaN) * 1_000
      const waitMs = askedForMs >= 0 ? Math.min(askedForMs, deadlineMs) : 1_000 * 2 ** attempt
      // Where its time is over meanwhile, the next attempt fails by that.
      await setTimeout(waitMs, undefined, { signal: ends }).catch(() => {})
    }
  }
}
