/** Clients send at most one line after a body (RFC 9112 section 2.2). More is only sent to keep a parser busy. */
const mostBlankLines = 4_096

/**
 * Counts the bytes of a connection that belong to no body, and perhaps to no head either: blank lines before a request,
 * which the parser skips silently, however many there are.
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
