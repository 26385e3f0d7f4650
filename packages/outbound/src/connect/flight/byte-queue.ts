/** Bytes that come in pieces and are taken in others. */
export class ByteQueue {
  #chunks: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  add(bytes: Buffer): void {
    // No chunk is empty: `peek` counts on it.
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  /** The first bytes, fewer where no more have come; they stay. */
  peek(count: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    // Not all chunks: while a long record comes byte by byte, they would be copied again for each.
    return Buffer.concat(this.#chunks.slice(0, count), Math.min(count, this.#length))
  }

  /** The first bytes; no more than have come. */
  take(count: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks
    const whole = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first
    this.#chunks = whole.length > count ? [whole.subarray(count)] : []
    this.#length -= count
    return whole.subarray(0, count)
  }
}
