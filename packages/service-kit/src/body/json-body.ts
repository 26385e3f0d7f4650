import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { BodyHashVerifier, bodyHashMismatch, type ExpectedBodyHash } from '@mtls-gateway/request-auth'

/**
 * Reads a JSON body whole. Nothing of it was read before: credentials come first.
 * @throws CodedError `BODY_TOO_LARGE`, `OAUTH_BODY_HASH_MISMATCH`, `MALFORMED_JSON`
 */
export async function readJsonBody(
  body: IncomingMessage,
  maxBytes: number,
  bodyHash: ExpectedBodyHash | undefined,
): Promise<unknown> {
  const bytes = await readBodyBytes(body, maxBytes)
  if (bodyHash) {
    const verifier = new BodyHashVerifier(bodyHash)
    verifier.update(bytes)
    if (!verifier.matches()) throw bodyHashMismatch()
  }
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // No cause: JSON.parse quotes its input, which may hold a password.
    throw new CodedError('MALFORMED_JSON', 'The body is not JSON in UTF-8.')
  }
}

/** Reads a body whole. @throws CodedError `BODY_TOO_LARGE` */
export async function readBodyBytes(body: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // Left early, a plain loop would destroy the connection before the answer is out.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > maxBytes) throw bodyTooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

export function bodyTooLarge(maxBytes: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send fewer entries at once.`, {
    details: { limit: maxBytes },
  })
}
