/** The bytes contradict the lengths among them. */
export class MalformedVector extends Error {}

/** Reads what RFC 8446 section 3 calls vectors: a length of one to three bytes, then as many bytes. */
export class VectorReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** @throws MalformedVector */
  bytes(count: number): Buffer {
    const from = this.#at
    if (count > this.#bytes.length - from) throw new MalformedVector()
    this.#at += count
    return this.#bytes.subarray(from, this.#at)
  }

  /** @throws MalformedVector */
  number(size: number): number {
    return this.bytes(size).readUIntBE(0, size)
  }

  /** @throws MalformedVector */
  vector(lengthSize: number): Buffer {
    return this.bytes(this.number(lengthSize))
  }
}
