import { createHmac } from 'node:crypto'

/** A message as Standard Webhooks defines it. */
interface MessageToSign {
  /** Stays the same when this message is sent again. */
  readonly id: string
  readonly body: string
}

/**
 * The headers that let a receiver verify a message: its id, the time, and an HMAC-SHA256 over both and the body.
 * @param secret `whsec_` and base64
 * @param now milliseconds since 1970
 */
export function signedMessageHeaders(
  secret: string,
  { id, body }: MessageToSign,
  now: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000))
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
