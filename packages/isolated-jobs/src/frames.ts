/** The bytes before each message: its length, big-endian. */
const headerBytes = 4

/** A message as it goes through a pipe. */
export function framed(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32BE(payload.length)
  return Buffer.concat([header, payload])
}

/** Takes the pieces that come out of a pipe, and hands on whole messages. */
export class FrameReader {
  readonly #maxBytes: number
  readonly #received: (payload: Buffer) => void
  readonly #header = Buffer.alloc(headerBytes)
  /** What is being filled: the header, or the message that it announced. */
  #target = this.#header
  #filled = 0

  /** @param maxBytes of a message */
  constructor(maxBytes: number, received: (payload: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#received = received
  }

  /** @throws RangeError an empty message, or one that is too long: of that one, nothing is kept */
  read(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(this.#target, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled === this.#target.length) this.#complete()
    }
  }

  #complete(): void {
    const whole = this.#target
    this.#filled = 0
    if (whole === this.#header) {
      const length = whole.readUInt32BE()
      if (length === 0 || length > this.#maxBytes) throw new RangeError(`no message has ${length} bytes`)
      this.#target = Buffer.allocUnsafeSlow(length)
    } else {
      this.#target = this.#header
      this.#received(whole)
    }
  }
}
