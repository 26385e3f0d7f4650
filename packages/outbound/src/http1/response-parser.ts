import { malformedResponse } from '../failures/transport-error.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { AnswerHandler, HttpVersion } from './exchange.ts'
import { noStatusLine, parseResponseHead, type ResponseHead } from './response-head.ts'

/** As much as Node takes of a head. */
const maxHeadBytes = 16_384
/** A target that sends one after the other has nothing to say. */
const maxInterimAnswers = 32
const maxInterimFields = 2_000

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
  /** In the heads of all interim answers together. */
  #interimFields = 0
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
    if (this.#head?.framing.kind === 'until-close') this.#isOver = true
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
      this.#interim += 1
      this.#interimFields += fields.length / 2
      if (this.#interim > maxInterimAnswers || this.#interimFields > maxInterimFields) {
        throw malformedResponse('it has too many interim answers')
      }
      this.#receiver.onInformation(status, fields)
      return
    }
    this.#head = head
    this.#receiver.onHead(status, fields, version)
    if (framing.kind === 'chunked') this.#chunks = new ChunkedBody((piece) => this.#receiver.onData(piece))
    if (framing.kind !== 'length') return
    this.#left = framing.bytes
    this.#isOver = framing.bytes === 0
  }

  #readBody(bytes: Buffer, from: number): boolean {
    if (from === bytes.length) return false
    if (this.#isOver) return true
    if (this.#chunks !== undefined) {
      const read = this.#chunks.read(bytes, from)
      this.#isOver = this.#chunks.trailers !== undefined
      return from + read < bytes.length
    }
    const isUntilClose = this.#head?.framing.kind === 'until-close'
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
