/** Clients send a line after a body at most (RFC 9112 section 2.2), so this is for what is sent to keep a parser busy. */
const mostBlankLines = 4_096

/**
 * What a connection brings that belongs to no body and may belong to no head: lines before a request, which the parser
 * skips without a word, however many there are.
 */
export class BlankBytes {
  readonly #ofHead: number
  #bytes = 0

  /** @param ofHead how many bytes a head may have */
  constructor(ofHead: number) {
    this.#ofHead = ofHead
  }

  /**
   * @param heads how many were complete with this read
   * @returns whether more has come than one head and a few lines
   */
  add(bytes: number, heads: number): boolean {
    this.#bytes = Math.max(0, this.#bytes + bytes - heads * this.#ofHead)
    return this.#bytes > this.#ofHead + mostBlankLines
  }

  /** A body comes. */
  clear(): void {
    this.#bytes = 0
  }
}
