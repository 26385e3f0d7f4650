import { createHmac } from 'node:crypto'
import type { GuardedAgent } from '@mtls-gateway/outbound'
import type { WebhookMessage } from './expiry-message.ts'

const deadlineMs = 30_000
const maxAnswerBytes = 65_536

export interface WebhookEndpoint {
  readonly url: string
  /** `whsec_` and base64. */
  readonly secret: string
}

/** Sends Standard Webhooks messages: an id that stays the same, a time, and an HMAC-SHA256 over both and the body. */
export class WebhookSender {
  readonly #agent: GuardedAgent

  constructor(agent: GuardedAgent) {
    this.#agent = agent
  }

  /**
   * Resolves on a 2xx; retries by itself if a later attempt may succeed. Redirects are not followed: they would take
   * the message elsewhere.
   *
   * Rejects with an Error that has the status or a code. It has nothing of the message: got's errors hold headers and
   * body.
   */
  async send({ url, secret }: WebhookEndpoint, { id, body }: WebhookMessage, signal: AbortSignal): Promise<void> {
    // Most instances never send one.
    const { default: got } = await import('got')
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const tooLarge = new AbortController()
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
        retry: { limit: 3, methods: ['POST'] },
        signal: AbortSignal.any([signal, tooLarge.signal, AbortSignal.timeout(deadlineMs)]),
      })
      // The connection tells twice that a target of TLS 1.3 wants a client certificate, and got takes notice of the
      // first only: the second would end the process.
      request.on('request', (sent) => sent.on('error', () => {}))
      request.on('downloadProgress', ({ transferred }) => {
        if (transferred > maxAnswerBytes) tooLarge.abort()
      })
      const { statusCode } = await request
      // got resolves on a redirect that it does not follow.
      if (statusCode > 299) throw new Error(`status ${statusCode}`)
    } catch (error) {
      throw new Error(`the webhook was not delivered: ${reasonOf(error)}`)
    }
  }
}

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return createHmac('sha256', key).update(content).digest('base64')
}

function reasonOf(error: unknown): string {
  const { code, response, message } = error as { code?: string; response?: { statusCode?: number }; message?: string }
  if (response?.statusCode !== undefined) return `status ${response.statusCode}`
  return code ?? message ?? 'no answer'
}
