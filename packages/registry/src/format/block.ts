/** Some neighbours of a list, stored together: a line of JSON each, brotli, base64. */
export interface Block {
  readonly packed: string
  readonly records: readonly object[]
  /** Characters of the records' lines. */
  readonly length: number
}
