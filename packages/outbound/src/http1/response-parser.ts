import { malformedResponse, type TransportError } from '../failures/transport-error.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { AnswerHandler, HttpVersion } from './exchange.ts'
import { parseFieldLines, parseLength } from './field-lines.ts'

/** As much as Node takes of a head. */
const maxHeadBytes = 16_384
/** A target that sends one after the other has nothing to say. */
const maxInterimAnswers = 32

interface Receiver extends Pick<AnswerHandler, 'onInformation' | 'onData'> {
  onHead(status: number, fields: readonly string[], version: HttpVersion): void
}

/** Reads the answer to one request off a connection, strictly: see `parseResponseHead`. */
export class ResponseParser {
  readonly #receiver: Receiver
  readonly #isToHead: boolean
  /** A head that has not come whole. */
  #begun: Buffer | undefined
  #head: ResponseHead | undefined
  #chunks: ChunkedBody | undefined
  #left = 0
  #interim = 0
  #isOver = false

  constructor(receiver: Receiver, isToHead: boolean) {
    this.#receiver = receiver
    this.#isToHead = isToHead
  }

  /** The head of the final answer. */
  get head(): ResponseHead | undefined {
    return this.#head
  }

  /** The answer has come whole. */
  get isOver(): boolean {
    return this.#isOver
  }

  get trailers(): readonly string[] {
    return this.#chunks?.trailers ?? []
  }

  /**
   * @returns whether bytes are left behind the end of the answer
   * @throws TransportError `MALFORMED_RESPONSE`, and what the receiver throws
   */
  read(bytes: Buffer): boolean {
    let at = 0
    let from = bytes
    while (this.#head === undefined) {
      const whole = this.#begun === undefined ? from : Buffer.concat([this.#begun, from])
      const end = whole.indexOf('\r\n\r\n', at, 'latin1')
      // If it has not come whole, its last three bytes may belong to the empty line that ends it.
      const headBytes = (end < 0 ? whole.length - 3 : end) - at
      const isTooLong = headBytes > maxHeadBytes
      if (end < 0 || isTooLong) {
        const lookedAt = Math.max(at, whole.length - from.length)
        checkBegunHead(whole, at, { from: lookedAt, to: Math.min(whole.length, at + maxHeadBytes + 3) })
        if (isTooLong) throw malformedResponse(`its head is longer than ${maxHeadBytes} bytes`)
        this.#begun = at === 0 ? whole : whole.subarray(at)
        return false
      }
      this.#begun = undefined
      this.#readHead(this.#parsed(whole, at, end))
      from = whole
      at = end + 4
    }
    return this.#readBody(from, at)
  }

  /** The target has closed its side. @returns false if it broke off by that */
  end(): boolean {
    if (this.#head?.framing === 'until-close') this.#isOver = true
    return this.#isOver
  }

  /** Whatever is wrong with it, the same is said as if it had come in pieces. */
  #parsed(bytes: Buffer, at: number, end: number): ResponseHead {
    try {
      return parseResponseHead(bytes.toString('latin1', at, end), this.#isToHead)
    } catch (error) {
      checkBegunHead(bytes, at, { from: at, to: end })
      throw error
    }
  }

  #readHead(head: ResponseHead): void {
    const { status, fields, framing, version } = head
    if (status === 101) throw malformedResponse('it switches protocols without having been asked')
    if (status < 200) {
      // One with more than 64 headers counts for more.
      this.#interim += Math.max(1, fields.length / (2 * 64))
      if (this.#interim > maxInterimAnswers) throw malformedResponse('it has too many interim answers')
      this.#receiver.onInformation(status, fields)
      return
    }
    this.#head = head
    this.#receiver.onHead(status, fields, version)
    if (framing === 'chunked') this.#chunks = new ChunkedBody((piece) => this.#receiver.onData(piece))
    if (typeof framing === 'number') this.#left = framing
    this.#isOver = framing === 0
  }

  #readBody(bytes: Buffer, from: number): boolean {
    if (from === bytes.length) return false
    if (this.#isOver) return true
    if (this.#chunks !== undefined) {
      const read = this.#chunks.read(bytes, from)
      this.#isOver = this.#chunks.trailers !== undefined
      return from + read < bytes.length
    }
    const isUntilClose = this.#head?.framing === 'until-close'
    const end = isUntilClose ? bytes.length : Math.min(bytes.length, from + this.#left)
    this.#left -= end - from
    this.#isOver = !isUntilClose && this.#left === 0
    this.#receiver.onData(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end))
    return end < bytes.length
  }
}

const begin = Buffer.from('HTTP/1.')
const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Refuses a head that cannot become one. A target that sends no CR LF, or no HTTP, has perhaps said all it has to say,
 * which would otherwise be found out when the time for its answer is over.
 * @param at where the head begins
 * @param range what was not looked at before
 */
function checkBegunHead(bytes: Buffer, at: number, { from, to }: { readonly from: number; readonly to: number }): void {
  const length = Math.min(begin.length, bytes.length - at)
  if (bytes.compare(begin, 0, length, at, at + length) !== 0) throw noStatusLine()
  for (let lf = bytes.indexOf(lineFeed, from); lf >= 0 && lf < to; lf = bytes.indexOf(lineFeed, lf + 1)) {
    if (bytes[lf - 1] !== carriageReturn) throw malformedResponse('a line of its head ends with a bare line feed')
  }
}

/** How an answer's body ends (RFC 9112 section 6.3); a number: after so many bytes. */
type BodyFraming = 'chunked' | 'until-close' | number

interface ResponseHead {
  readonly status: number
  readonly version: HttpVersion
  /** `[name, value, ...]` */
  readonly fields: readonly string[]
  readonly framing: BodyFraming
  /** Whether the connection may carry another exchange, and for how long it is kept idle where the target says so. */
  readonly keepsAlive: boolean
  readonly keepAliveMs: number | undefined
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/

/** The fields that say where an answer ends and what becomes of its connection. */
interface ConnectionFields {
  length?: string
  coding?: string
  connection?: string
  keepAlive?: string
}

/**
 * @param text the head without the empty line that ends it, one byte a character
 * @param isToHead whether the request was a HEAD, the answer to which has no body
 * @throws TransportError `MALFORMED_RESPONSE`
 */
export function parseResponseHead(text: string, isToHead: boolean): ResponseHead {
  const lineEnd = text.indexOf('\r\n')
  const [, minor, code] = statusLine.exec(lineEnd < 0 ? text : text.slice(0, lineEnd)) ?? []
  if (code === undefined) throw noStatusLine()
  const fields = lineEnd < 0 ? [] : parseFieldLines(text, lineEnd + 2)
  const status = Number(code)
  const said = connectionFields(fields)
  const options = said.connection?.toLowerCase()
  const isOld = minor === '0'
  // Whoever says both wants it closed (RFC 9112 section 9.3).
  const closes = hasOption(options, 'close') || (isOld && !hasOption(options, 'keep-alive'))
  const framing = framingOf(said, status, isToHead, isOld)
  return {
    status,
    version: isOld ? '1.0' : '1.1',
    fields,
    framing,
    keepsAlive: !closes && framing !== 'until-close',
    keepAliveMs: keepAliveMsOf(said.keepAlive),
  }
}

function noStatusLine(): TransportError {
  return malformedResponse('its first line is no status line of HTTP/1.1')
}

function connectionFields(fields: readonly string[]): ConnectionFields {
  const said: ConnectionFields = {}
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    // Lengths tell nearly all other names apart without a copy in lower case.
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (said.length !== undefined) throw malformedResponse('it has two Content-Length headers')
      said.length = value
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (said.coding !== undefined) throw malformedResponse('it has two Transfer-Encoding headers')
      said.coding = value
    } else if (name.length === 10) {
      const key = name.toLowerCase()
      if (key === 'connection') said.connection = said.connection ? `${said.connection},${value}` : value
      else if (key === 'keep-alive') said.keepAlive = value
    }
  }
  return said
}

/** What a gateway that reads it in another way would take for the next answer is refused, never guessed. */
function framingOf(
  { length, coding }: ConnectionFields,
  status: number,
  isToHead: boolean,
  isOld: boolean,
): BodyFraming {
  if (length !== undefined && coding !== undefined) {
    throw malformedResponse('it has both a Content-Length and a Transfer-Encoding')
  }
  // No other coding was offered to it (RFC 9112 section 7.4), and HTTP/1.0 has none.
  if (coding !== undefined && (isOld || coding.toLowerCase() !== 'chunked')) {
    throw malformedResponse('its Transfer-Encoding is not chunked')
  }
  const bytes = length === undefined ? undefined : parseLength(length)
  if (length !== undefined && bytes === undefined) throw malformedResponse('its Content-Length is not a number')
  if (isToHead || status < 200 || status === 204 || status === 304) return 0
  return coding !== undefined ? 'chunked' : (bytes ?? 'until-close')
}

function hasOption(options: string | undefined, option: string): boolean {
  if (options === undefined || !options.includes(option)) return false
  return options === option || options.split(',').some((each) => each.trim() === option)
}

const timeoutHint = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i

/** `Keep-Alive: timeout=5` (RFC 2068 section 19.7.1.1). */
function keepAliveMsOf(field: string | undefined): number | undefined {
  const seconds = field === undefined ? undefined : timeoutHint.exec(field)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
