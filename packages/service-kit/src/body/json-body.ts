import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { checkBodyHash, type ExpectedBodyHash } from '@mtls-gateway/request-auth'
import { readBodyBytes } from './body-bytes.ts'
import { weighJson } from './json-weight.ts'

/**
 * Reads a whole JSON body. Credentials have been checked before any of it is read.
 * @throws CodedError `BODY_TOO_LARGE`, `LIMIT_EXCEEDED`, `OAUTH_BODY_HASH_MISMATCH`, `MALFORMED_JSON`
 */
export async function readJsonBody(
  body: IncomingMessage,
  maxBytes: number,
  bodyHash: ExpectedBodyHash | undefined,
): Promise<unknown> {
  const bytes = await readBodyBytes(body, { maxBytes })
  weighJson(bytes)
  return parseJsonBody(bytes, bodyHash)
}

/** Undefined if it is empty. @throws CodedError `OAUTH_BODY_HASH_MISMATCH`, `MALFORMED_JSON` */
export function parseJsonBody(bytes: Buffer, bodyHash: ExpectedBodyHash | undefined): unknown {
  checkBodyHash(bytes, bodyHash)
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // No cause: JSON.parse quotes its input, which may hold a password.
    throw new CodedError('MALFORMED_JSON', 'The body is not JSON in UTF-8.')
  }
}
