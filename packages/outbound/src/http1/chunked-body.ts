import { parseFieldLines } from './field-lines.ts'
import { malformedResponse } from './malformed-response.ts'

/** Size, extensions and trailers: of a line, and of all trailers together. */
const maxLineBytes = 4_096
const maxTrailerBytes = 16_384
/** White space is let by before an extension only (RFC 9112 section 7.1.1). */
const sizeLine = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/
const lineFeed = 0x0a

type State = 'size' | 'data' | 'data-end' | 'trailers'

/** Takes a body apart that comes in chunks (RFC 9112 section 7.1), however its bytes are cut. */
export class ChunkedBody {
  readonly #onData: (piece: Buffer) => void
  #state: State = 'size'
  /** What is left of the chunk that is being read. */
  #left = 0
  /** A line that has not come whole, or the trailers. */
  #line = ''
  #trailers: string[] | undefined

  constructor(onData: (piece: Buffer) => void) {
    this.#onData = onData
  }

  /** The fields behind the body, as soon as it has come whole. */
  get trailers(): readonly string[] | undefined {
    return this.#trailers
  }

  /**
   * @returns how many of the bytes are the body's: fewer than there are once it has come whole
   * @throws TransportError `MALFORMED_RESPONSE`
   */
  read(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && this.#trailers === undefined) {
      at = this.#state === 'data' ? this.#readData(bytes, at) : this.#readLine(bytes, at)
    }
    return at - from
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) this.#state = 'data-end'
    this.#onData(bytes.subarray(at, end))
    return end
  }

  #readLine(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(lineFeed, at)
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1
    const maxBytes = this.#state === 'trailers' ? maxTrailerBytes : maxLineBytes
    if (this.#line.length + end - at > maxBytes) throw malformedResponse('a line among its chunks is too long')
    this.#line += bytes.toString('latin1', at, end)
    if (lineEnd >= 0) this.#take()
    return end
  }

  #take(): void {
    const line = this.#line
    if (!line.endsWith('\r\n')) throw malformedResponse('a line among its chunks does not end with CR LF')
    if (this.#state === 'trailers') {
      if (line === '\r\n') this.#trailers = []
      else if (line.endsWith('\r\n\r\n')) this.#trailers = parseFieldLines(line.slice(0, -4))
      return
    }
    this.#line = ''
    if (this.#state === 'data-end') {
      if (line !== '\r\n') throw malformedResponse('a chunk is longer than it said')
      this.#state = 'size'
      return
    }
    const size = sizeLine.exec(line.slice(0, -2))?.[1]
    if (size === undefined) throw malformedResponse('the size of a chunk is not a number')
    this.#left = Number.parseInt(size, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'data'
  }
}
