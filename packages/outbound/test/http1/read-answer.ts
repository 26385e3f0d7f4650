import { ResponseParser } from '../../src/http1/response-parser.ts'

/** What a receiver is told, in its order; pieces of the body that follow one another are one. One byte a character. */
export type AnswerEvent =
  | readonly ['information' | 'head', number, readonly string[]]
  | readonly ['body', string]
  | readonly ['end', readonly string[]]

export interface ReadOptions {
  /** The answer is one to a HEAD. */
  readonly isToHead?: boolean
  /** The target closes its side behind the bytes. */
  readonly closes?: boolean
}

export interface Reading {
  readonly events: readonly AnswerEvent[]
  /** Bytes were left behind the end of the answer. */
  readonly isMore: boolean
}

/** Bytes as text has them, one a character. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Feeds pieces to a parser, as a connection does. @throws TransportError `MALFORMED_RESPONSE` */
export function readPieces(pieces: readonly Buffer[], { isToHead = false, closes = false }: ReadOptions = {}): Reading {
  const events: AnswerEvent[] = []
  const parser = new ResponseParser(
    {
      onInformation: (status, fields) => events.push(['information', status, fields]),
      onHead: (status, fields) => events.push(['head', status, fields]),
      onData: (piece) => {
        const last = events.at(-1)
        const before = last?.[0] === 'body' ? last[1] : ''
        if (last?.[0] === 'body') events.pop()
        events.push(['body', before + piece.toString('latin1')])
      },
    },
    isToHead,
  )
  let isMore = false
  for (const piece of pieces) isMore = parser.read(piece) || isMore
  if (closes) parser.end()
  if (parser.isOver) events.push(['end', parser.trailers])
  return { events, isMore }
}

export function readAnswer(text: string, options?: ReadOptions): Reading {
  return readPieces([bytesOf(text)], options)
}

/** The pieces that bytes fall into where they are cut at these places. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places].sort((a, b) => a - b)
  return [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end))
}

/** The code of the error that reading these pieces ends with; undefined where they are read. */
export function refusalOf(pieces: readonly Buffer[], options?: ReadOptions): unknown {
  try {
    readPieces(pieces, options)
    return undefined
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error ? error.code : error
  }
}
