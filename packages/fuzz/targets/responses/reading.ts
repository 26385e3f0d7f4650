import { isTransportError } from '../../../outbound/src/failures/transport-error.ts'
import { ResponseParser } from '../../../outbound/src/http1/response-parser.ts'

/** What a reader makes of an answer after which the connection closes; undefined if it is refused or not whole. */
export interface Reading {
  /** Interim answers: status and fields. */
  readonly interim: readonly (readonly [status: number, fields: readonly string[]])[]
  readonly status: number
  readonly fields: readonly string[]
  /** One character per byte. */
  readonly body: string
  readonly trailers: readonly string[]
}

/** The bytes that a target sends, and what they answer. */
export interface AnswerCase {
  readonly isToHead: boolean
  readonly bytes: Buffer
}

/** The first byte says whether the request was a HEAD. */
export function answerCase(input: Buffer): AnswerCase {
  return { isToHead: input[0] === 0x48, bytes: input.subarray(1) }
}

export interface OurReading {
  /** Undefined if it is refused or not whole. */
  readonly reading: Reading | undefined
  /** It is refused for its size. */
  readonly hasLimit: boolean
  /** Everything that the receiver was told, and the refusal: the same wherever the bytes are cut. */
  readonly told: string
  /** Differs between cases that lead on. */
  readonly shape: string
}

/** What our parser makes of it. */
export function ourReading({ isToHead }: AnswerCase, pieces: readonly Buffer[]): OurReading {
  const interim: (readonly [number, readonly string[]])[] = []
  let [status, body, isMore] = [0, '', false]
  let fields: readonly string[] = []
  const parser = new ResponseParser(
    {
      onInformation: (...each) => void interim.push(each),
      onHead: (code, all) => {
        status = code
        fields = all
      },
      onData: (piece) => {
        body += piece.toString('latin1')
      },
    },
    isToHead,
  )
  let refusal = ''
  try {
    for (const piece of pieces) isMore = parser.read(piece) || isMore
    parser.end()
  } catch (error) {
    if (!isTransportError(error) || error.code !== 'MALFORMED_RESPONSE') throw error
    refusal = error.message
  }
  const told = JSON.stringify([interim, status, fields, body, refusal, parser.isOver, isMore])
  const { framing, keepsAlive = false } = parser.head ?? {}
  const shape = `${refusal} ${interim.length > 0} ${[200, 204, 304].find((each) => each === status)} ${framing} ${keepsAlive} ${parser.isOver} ${isMore}`
  const isRead = refusal === '' && parser.isOver
  const reading = isRead ? { interim, status, fields, body, trailers: parser.trailers } : undefined
  return { reading, hasLimit: /too (?:long|many)|(?:longer|more) than \d/.test(refusal), told, shape }
}
