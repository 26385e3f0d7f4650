import { malformedResponse } from '../failures/transport-error.ts'
import { parseFieldLines } from './field-lines.ts'

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
  /** A line that has not come whole. */
  #line = ''
  /** The lines of the trailers, and how long they are together. */
  readonly #trailerLines: string[] = []
  #trailerBytes = 0
  #trailers: string[] | undefined

  constructor(onData: (piece: Buffer) => void) {
    this.#onData = onData
  }

  /** The fields behind the body, as soon as it has come whole. */
  get trailers(): readonly string[] | undefined {
    return this.#trailers
  }

  /**
   * Hands on in one piece what is in these bytes of the body: each piece costs more than its copy.
   * @returns how many of the bytes are the body's: fewer than there are once it has come whole
   * @throws TransportError `MALFORMED_RESPONSE`
   */
  read(bytes: Buffer, from: number): number {
    let at = from
    const data: Buffer[] = []
    try {
      while (at < bytes.length && this.#trailers === undefined) {
        if (this.#state !== 'data') {
          at = this.#readLine(bytes, at)
          continue
        }
        const end = Math.min(bytes.length, at + this.#left)
        this.#left -= end - at
        if (this.#left === 0) this.#state = 'data-end'
        data.push(bytes.subarray(at, end))
        at = end
      }
    } finally {
      // Also what came before something that is malformed, as if that had come by itself.
      const [only] = data
      if (only !== undefined) this.#onData(data.length === 1 ? compact(only) : Buffer.concat(data))
    }
    return at - from
  }

  #readLine(bytes: Buffer, at: number): number {
    const lineEnd = bytes.indexOf(lineFeed, at)
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1
    const isTrailer = this.#state === 'trailers'
    const length = this.#line.length + end - at + (isTrailer ? this.#trailerBytes : 0)
    if (length > (isTrailer ? maxTrailerBytes : maxLineBytes)) {
      throw malformedResponse('a line among its chunks is too long')
    }
    this.#line += bytes.toString('latin1', at, end)
    if (lineEnd >= 0) this.#take()
    return end
  }

  #take(): void {
    const line = this.#line
    this.#line = ''
    if (!line.endsWith('\r\n')) throw malformedResponse('a line among its chunks does not end with CR LF')
    if (this.#state === 'trailers') {
      if (line === '\r\n') this.#trailers = parseFieldLines(this.#trailerLines.join('').slice(0, -2))
      this.#trailerLines.push(line)
      this.#trailerBytes += line.length
      return
    }
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

/** A copy, where this keeps more than twice of its bytes in memory: whoever counts what waits counts its length. */
function compact(piece: Buffer): Buffer {
  return piece.length * 2 < piece.buffer.byteLength ? Buffer.from(piece) : piece
}
