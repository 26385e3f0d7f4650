/** With a smaller start, pieces of a single byte would make it grow ten times as often. */
const leastBytes = 1_024

/**
 * The pieces of a body, each copied into one buffer on arrival. Pieces kept until the last one arrives would grow old,
 * and their memory would wait until V8 marks the whole heap.
 */
export class CollectedBytes {
  readonly #expected: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  /** @param expected the total length, or 0 if it is not known */
  constructor(expected: number) {
    this.#expected = expected
  }

  get length(): number {
    return this.#length
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length
    // Most bodies are one piece.
    if (this.#length === 0) this.#bytes = piece
    else {
      if (length > this.#bytes.length) this.#grow(length)
      piece.copy(this.#bytes, this.#length)
    }
    this.#length = length
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#expected, 2 * this.#bytes.length, leastBytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
