import type { Readable } from 'node:stream'
import type { OpeningTimes } from '../connect/opening-times.ts'
import { TransportError } from '../failures/transport-error.ts'

/** A request as it goes out on a connection. */
export interface TargetRequest {
  readonly method: string
  /** Path and query, sent byte for byte. */
  readonly path: string
  /** `[name, value, ...]` in the order in which they are sent. The connection adds Host and what frames the body. */
  readonly headers: readonly string[]
  /** A stream is sent in chunks unless the headers have a Content-Length. It is destroyed if it is not sent whole. */
  readonly body: Uint8Array | Readable | null
  /** From its end to the head of the answer, in milliseconds; undefined: as long as the connection's settings say. */
  readonly answerTimeoutMs?: number | undefined
}

export type HttpVersion = '1.0' | '1.1'

/** One request and its answer, once they have their connection. */
export interface Exchange {
  /** Ends it, and its connection with it; its handler gets the error unless the answer is over. */
  abort(error: Error): void
  /** Nothing more is read of the answer until `resume`. What is here already may still come. */
  pause(): void
  resume(): void
}

/**
 * Told of an answer while it comes. `onEnd` or `onError` is the last it hears, whatever happens.
 * Fields are `[name, value, ...]` as the target wrote them, one byte a character.
 */
export interface AnswerHandler {
  /** The call has its connection and goes out when this returns, unless it was aborted. */
  onStart(exchange: Exchange): void
  /**
   * A connection was opened for the call, or could not be, which it is told of next. Not told if the call gets a
   * connection that is open already; told again if that one was lost before the call went out.
   */
  onOpening?(times: OpeningTimes): void
  /** The request begins to go out, on the connection that it has now. */
  onSent?(): void
  /**
   * The target has had the request for long without answering it, a sixth of the time that it has: once at most, and
   * before that time is over.
   */
  onLongUnanswered?(): void
  /** An interim answer (1xx) but `101 Switching Protocols`, which is refused. */
  onInformation(status: number, fields: readonly string[]): void
  /**
   * @param version of the answer, as the target wrote it
   * @param at when it came, by `performance.now()`
   * @param waitedMs since the target had the whole request; undefined where it answered sooner
   */
  onHead(status: number, fields: readonly string[], version: HttpVersion, at: number, waitedMs?: number): void
  onData(chunk: Buffer): void
  /** @param trailers what came behind a body in chunks */
  onEnd(trailers: readonly string[]): void
  onError(error: Error): void
}

export interface TargetAnswer {
  readonly status: number
  /** Names in lower case; of a repeated field all values, in their order. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body went on beyond what was to be read. */
  readonly truncated: boolean
}

/** Collects an answer whole, up to so many bytes of its body. */
export class AnswerCollector implements AnswerHandler {
  readonly #whole = Promise.withResolvers<TargetAnswer>()
  /** Rejects with what the call failed with. */
  readonly answer = this.#whole.promise
  readonly #maxBytes: number
  readonly #pieces: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: TargetAnswer['headers'] = {}
  #exchange: Exchange | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  onStart(exchange: Exchange): void {
    this.#exchange = exchange
  }

  /** The call ends, and its answer rejects with the error. */
  abort(error: Error): void {
    this.#exchange?.abort(error)
  }

  onInformation(): void {}

  onHead(status: number, fields: readonly string[]): void {
    this.#status = status
    this.#headers = byName(fields)
  }

  onData(chunk: Buffer): void {
    this.#pieces.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes <= this.#maxBytes) return
    this.#resolve(true)
    this.#exchange?.abort(new TransportError('CALL_ABORTED'))
  }

  onEnd(): void {
    this.#resolve(false)
  }

  onError(error: Error): void {
    this.#whole.reject(error)
  }

  #resolve(truncated: boolean): void {
    const body = Buffer.concat(this.#pieces).subarray(0, this.#maxBytes)
    this.#whole.resolve({ status: this.#status, headers: this.#headers, body, truncated })
  }
}

function byName(fields: readonly string[]): TargetAnswer['headers'] {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase()
    const value = fields[i + 1] ?? ''
    const known = headers[name]
    headers[name] = known === undefined ? value : [known, value].flat()
  }
  return headers
}
