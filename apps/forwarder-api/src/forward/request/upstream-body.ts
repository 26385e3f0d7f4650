import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { BodyHashVerifier, bodyHashMismatch, type ExpectedBodyHash } from '@mtls-gateway/request-auth'
import type { PassedBuffers } from '@mtls-gateway/service-kit'

/**
 * The body of a call on its way to the target. It is destroyed when the target answers early or breaks off. That ends
 * only this stream, and not the caller's connection, which still has to carry the answer.
 *
 * With a signed hash, the last chunk is held back until the hash of the whole body is right, so a target never sees the
 * end of a body that was changed on the way.
 */
export class UpstreamBody extends Readable {
  readonly #request: IncomingMessage
  readonly #buffers: PassedBuffers
  readonly #verifier: BodyHashVerifier | undefined
  #held: Buffer | undefined
  #isReading = false

  constructor(request: IncomingMessage, bodyHash: ExpectedBodyHash | undefined, buffers: PassedBuffers) {
    // Buffers nothing: what the target does not accept waits in the request, which puts small pieces together.
    super({ highWaterMark: 0 })
    this.#request = request
    this.#buffers = buffers
    this.#verifier = bodyHash && new BodyHashVerifier(bodyHash)
  }

  override _read(): void {
    if (!this.#isReading) {
      this.#isReading = true
      this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError)
    }
    this.#request.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const wasReading = this.#isReading
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError)
    // Discards the rest: unread, it would block a caller that reads the answer only after sending everything.
    if (wasReading) this.#request.resume()
    done(error)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#buffers.passed(chunk.length)
    this.#verifier?.update(chunk)
    const ready = this.#verifier ? this.#held : chunk
    this.#held = chunk
    if (ready && !this.push(ready)) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    if (!this.#verifier) this.push(null)
    else if (!this.#verifier.matches()) this.destroy(bodyHashMismatch())
    else {
      if (this.#held) this.push(this.#held)
      this.push(null)
    }
  }

  readonly #onError = (error: Error): void => {
    this.destroy(error)
  }
}
