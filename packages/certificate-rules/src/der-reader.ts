/** The bytes are not what DER has at this place. */
export class MalformedDer extends Error {}

export const derTags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  boolean: 0x01,
  sequence: 0x30,
} as const

/** Reads elements in DER (X.690), each of which has to be the one that is expected. */
export class DerReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /**
   * Passes over the next element.
   * @returns its content
   * @throws MalformedDer where it has another tag
   */
  read(tag: number): Buffer {
    if (this.#bytes[this.#at] !== tag) throw new MalformedDer()
    this.#at++
    const length = this.#readLength()
    const from = this.#at
    if (length > this.#bytes.length - from) throw new MalformedDer()
    this.#at += length
    return this.#bytes.subarray(from, this.#at)
  }

  /** As {@link read}, with the header. */
  whole(tag: number): Buffer {
    const from = this.#at
    this.read(tag)
    return this.#bytes.subarray(from, this.#at)
  }

  /** As {@link read}, where the element may be missing. */
  readOptional(tag: number): Buffer | undefined {
    return this.#bytes[this.#at] === tag ? this.read(tag) : undefined
  }

  sequence(): DerReader {
    return new DerReader(this.read(derTags.sequence))
  }

  /** @throws MalformedDer where something is left */
  end(): void {
    if (!this.isAtEnd) throw new MalformedDer()
  }

  /** Definite, in its shortest form; OpenSSL takes others as well, which no CA writes. */
  #readLength(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const size = first - 0x80
    if (size === 0 || size > 3) throw new MalformedDer()
    let length = 0
    for (let n = 0; n < size; n++) length = length * 256 + this.#byte()
    if (length < 0x80 || length < 256 ** (size - 1)) throw new MalformedDer()
    return length
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new MalformedDer()
    return byte
  }
}
