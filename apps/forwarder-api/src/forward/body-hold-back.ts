import { Transform, type TransformCallback } from 'node:stream'
import { BodyHashVerifier, bodyHashMismatch, type ExpectedBodyHash } from '@mtls-gateway/request-auth'

/**
 * Passes a body on, but its last chunk only when the whole has the hash that was signed: a target never sees the end of
 * a body that was changed on the way.
 */
export class BodyHoldBack extends Transform {
  readonly #verifier: BodyHashVerifier
  #held: Buffer | undefined

  constructor(bodyHash: ExpectedBodyHash) {
    super()
    this.#verifier = new BodyHashVerifier(bodyHash)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#verifier.update(chunk)
    const ready = this.#held
    this.#held = chunk
    done(null, ready)
  }

  override _flush(done: TransformCallback): void {
    if (this.#verifier.matches()) done(null, this.#held)
    else done(bodyHashMismatch())
  }
}
