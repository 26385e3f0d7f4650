import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { CodedError } from '@mtls-gateway/domain'
import { type ExpectedBodyHash, isFormEncoded, maxSignedFormBytes } from '@mtls-gateway/request-auth'
import { BodyHoldBack } from './body-hold-back.ts'

/**
 * A form-encoded body, whole, since it is part of the signature (RFC 5849 section 3.4.1.3.1); undefined for any other.
 * @throws CodedError `BODY_TOO_LARGE`
 */
export async function readSignedForm(request: IncomingMessage): Promise<Buffer | undefined> {
  if (!hasBody(request) || !isFormEncoded(request.headers['content-type'])) return undefined
  const chunks: Buffer[] = []
  let length = 0
  // Left early, a plain loop would destroy the connection before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length
    if (length > maxSignedFormBytes) {
      throw new CodedError('BODY_TOO_LARGE', `A signed form-encoded body has at most ${maxSignedFormBytes} bytes.`, {
        details: { limit: maxSignedFormBytes },
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** What goes to the target: a form that was read, or the stream, of which a signed hash may hold back the end. */
export function forwardBody(
  request: IncomingMessage,
  form: Buffer | undefined,
  bodyHash: ExpectedBodyHash | undefined,
): Buffer | Readable | null {
  if (form) return form
  if (bodyHash) {
    // Its error reaches whoever reads the stream that is returned.
    return pipeline(request, new BodyHoldBack(bodyHash), () => {})
  }
  return hasBody(request) ? request : null
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
