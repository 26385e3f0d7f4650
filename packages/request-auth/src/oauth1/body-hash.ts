import { createHash, type Hash, timingSafeEqual } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'
import type { ExpectedBodyHash } from './header.ts'

/** Checks an `oauth_body_hash` while the body streams by. Hold the last chunk back until it matches. */
export class BodyHashVerifier {
  readonly #hash: Hash
  readonly #expected: Buffer

  constructor({ algorithm, digest }: ExpectedBodyHash) {
    this.#hash = createHash(algorithm)
    this.#expected = digest
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }

  /** Call it once, after the last chunk. */
  matches(): boolean {
    return timingSafeEqual(this.#hash.digest(), this.#expected)
  }
}

/**
 * Checks a body that has been read as a whole; without a signed hash, any.
 * @throws CodedError `OAUTH_BODY_HASH_MISMATCH`
 */
export function checkBodyHash(body: Uint8Array, expected: ExpectedBodyHash | undefined): void {
  if (expected === undefined) return
  const verifier = new BodyHashVerifier(expected)
  verifier.update(body)
  if (!verifier.matches()) throw bodyHashMismatch()
}

/** @param caller whose signature is right */
export function bodyHashMissing(caller: string): CodedError {
  return new CodedError(
    'OAUTH_BODY_HASH_MISSING',
    'This gateway requires signed bodies: send oauth_body_hash with every body that is not form-encoded.',
    { refusal: { reason: 'body-hash-missing', caller } },
  )
}

export function bodyHashMismatch(): CodedError {
  return new CodedError(
    'OAUTH_BODY_HASH_MISMATCH',
    'The body is not the one that was signed: its hash differs from oauth_body_hash. Sign the bytes that are sent.',
    { refusal: { reason: 'body-hash-wrong' } },
  )
}
