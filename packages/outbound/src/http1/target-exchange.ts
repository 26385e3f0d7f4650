import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { EndOfTurn, type PutOff } from '../end-of-turn.ts'
import { type Deadline, never } from './deadlines.ts'
import type { AnswerHandler, Exchange, TargetRequest } from './exchange.ts'
import { RequestBody } from './request-body.ts'
import { framingOf, type RequestFraming, requestHead } from './request-head.ts'
import { ResponseParser } from './response-parser.ts'

export interface ExchangeLimits {
  /** From the end of the request to the head of the answer, in milliseconds. */
  readonly headersTimeoutMs: number
  /** Between two pieces of the answer's body. */
  readonly bodyTimeoutMs: number
}

/** What an exchange came to for its connection: that may carry another one, or not. */
export interface ExchangeEnd {
  readonly isReusable: boolean
  /** As the target said. */
  readonly keepAliveMs: number | undefined
}

const endOfTurn = new EndOfTurn()

/** One request and its answer on a connection. Its holder may keep it for longer; by then it does nothing. */
export class TargetExchange implements Exchange, PutOff {
  readonly #socket: TLSSocket
  readonly #deadline: Deadline
  readonly #limits: ExchangeLimits
  readonly #request: TargetRequest
  readonly #handler: AnswerHandler
  readonly #parser: ResponseParser
  /** The head of a request without a body, in the turn in which it is made. */
  #unsent: string | undefined
  #body: RequestBody | undefined
  #hasSent = false
  #hasAnswer = false
  #isOver = false
  #isPaused = false
  #abortedBy: Error | undefined

  constructor(
    socket: TLSSocket,
    deadline: Deadline,
    limits: ExchangeLimits,
    request: TargetRequest,
    handler: AnswerHandler,
  ) {
    this.#socket = socket
    this.#deadline = deadline
    this.#limits = limits
    this.#request = request
    this.#handler = handler
    this.#parser = new ResponseParser(handler, request.method === 'HEAD')
  }

  /** Something of the answer has come. */
  get hasAnswer(): boolean {
    return this.#hasAnswer
  }

  /** @returns false if nothing was sent, as it was aborted or cannot be sent: its handler has been told, and the connection is as it was */
  start(authority: string): boolean {
    this.#handler.onStart(this)
    try {
      if (this.#abortedBy !== undefined) throw this.#abortedBy
      this.#send(authority)
      return true
    } catch (error) {
      this.fail(errorOf(error))
      return false
    }
  }

  onTurnEnd(): void {
    const head = this.#unsent
    this.#unsent = undefined
    if (head === undefined) this.#socket.uncork()
    else if (!this.#socket.destroyed) this.#socket.write(head, 'latin1')
  }

  abort(error: Error): void {
    if (this.#isOver) return
    this.#abortedBy ??= error
    if (this.#hasSent) this.#socket.destroy()
  }

  pause(): void {
    if (this.#isOver) return
    this.#isPaused = true
    this.#deadline.at = never
    this.#socket.pause()
  }

  resume(): void {
    if (this.#isOver || !this.#isPaused) return
    this.#isPaused = false
    this.#deadline.allow(this.#limits.bodyTimeoutMs)
    this.#socket.resume()
  }

  /** @returns how it ended, if it did by this. @throws TransportError `MALFORMED_RESPONSE`, and what the handler throws */
  read(bytes: Buffer): ExchangeEnd | undefined {
    this.#hasAnswer = true
    const isMore = this.#parser.read(bytes)
    if (this.#socket.destroyed) return undefined
    // What comes behind the end is no answer to anything: the connection is not used again.
    if (this.#parser.isOver) return this.#finish(!isMore)
    if (this.#parser.head !== undefined && !this.#isPaused) this.#deadline.allow(this.#limits.bodyTimeoutMs)
    return undefined
  }

  /** The target closes its side. @returns how it ended; undefined if the answer is not whole */
  end(): ExchangeEnd | undefined {
    return this.#parser.end() ? this.#finish(false) : undefined
  }

  /** The connection is gone, or the request was not sent. */
  fail(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#body?.stop()
    this.#handler.onError(this.#abortedBy ?? error)
  }

  /** Written at the end of the turn: see {@link EndOfTurn}. */
  #send(authority: string): void {
    const { body } = this.#request
    const framing = framingOf(this.#request)
    const head = requestHead(this.#request, authority, framing)
    this.#hasSent = true
    endOfTurn.add(this)
    if (body === null) {
      this.#unsent = head
      this.#sent()
    } else {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#sendBody(body, framing)
    }
  }

  #sendBody(body: Uint8Array | Readable, framing: RequestFraming): void {
    if (body instanceof Uint8Array) {
      this.#socket.write(body)
      this.#sent()
    } else {
      this.#body = new RequestBody(body, this.#socket, framing, {
        onSent: () => this.#sent(),
        onFailed: (error) => this.abort(error),
      })
    }
  }

  #sent(): void {
    this.#body = undefined
    if (this.#parser.head === undefined) this.#deadline.allow(this.#limits.headersTimeoutMs)
  }

  #finish(isClean: boolean): ExchangeEnd {
    const { keepsAlive = false, keepAliveMs } = this.#parser.head ?? {}
    const isSent = this.#body === undefined
    this.#isOver = true
    // What was not sent by now is of no use to the target.
    this.#body?.stop()
    if (this.#isPaused) this.#socket.resume()
    this.#handler.onEnd(this.#parser.trailers)
    return { isReusable: isClean && keepsAlive && isSent, keepAliveMs }
  }
}

/** Not by `instanceof`: errors of Node itself are of another realm in some test runners. */
function errorOf(thrown: unknown): Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown
    ? (thrown as Error)
    : new Error(String(thrown))
}
