/** What happens in a case, byte by byte. Past its end every byte is 0, for which everything is as it should be. */
export class Script {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** From 0 up to, not including, `below`. */
  next(below: number): number {
    const byte = this.#bytes[this.#at] ?? 0
    this.#at += 1
    return byte % below
  }

  /** The next `count` bytes as they are, or as many as there are. */
  take(count: number): Buffer {
    const from = Math.min(this.#at, this.#bytes.length)
    this.#at = from + count
    return this.#bytes.subarray(from, from + count)
  }
}
