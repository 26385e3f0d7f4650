import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import type { TargetRequest } from './exchange.ts'
import { RequestBody } from './request-body.ts'
import { framingOf, type RequestFraming, requestHead } from './request-head.ts'

interface RequestWriterEvents {
  /** All of it has been handed to the socket, or the target takes no more for now, or takes it again. */
  onProgress(): void
  /** The body failed, so that the request will not be whole. */
  onFailed(error: Error): void
}

/** Many targets never say 100; clients give them as long. */
const continueMs = 1_000

/** Writes one request: its head, and its body as fast as the target takes it. */
export class RequestWriter implements Batched {
  readonly #socket: TLSSocket
  readonly #turnBatch: TurnBatch
  readonly #events: RequestWriterEvents
  #body: RequestBody | undefined
  /** The body, until the target says that it wants it; then undefined. */
  #unasked: { readonly stream: Readable; readonly begin: () => void; timer: NodeJS.Timeout | undefined } | undefined
  #hasBegun = false

  constructor(socket: TLSSocket, turnBatch: TurnBatch, events: RequestWriterEvents) {
    this.#socket = socket
    this.#turnBatch = turnBatch
    this.#events = events
  }

  /** Something of the request may have reached the target. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Nothing of it is still to be written. */
  get isWhole(): boolean {
    return this.#hasBegun && this.#body === undefined && this.#unasked === undefined
  }

  /** More of it is to come from whoever sends it, and the target would take it. */
  get isAwaited(): boolean {
    return this.#body?.isStalled === false || this.#unasked?.timer !== undefined
  }

  /** The target has said 100 Continue. */
  goOn(): void {
    this.#unasked?.begin()
  }

  /** The target has begun its answer: it does not want a body that it has not asked for. */
  keepUnasked(): void {
    if (this.#unasked === undefined) return
    clearTimeout(this.#unasked.timer)
    this.#unasked.timer = undefined
  }

  /** @throws TypeError, and what a stream was destroyed with: nothing has been written unless it `hasBegun` */
  write(request: TargetRequest, authority: string): void {
    const { body } = request
    if (isStream(body) && body.destroyed) throw body.errored ?? new TypeError('the body ended before it was sent')
    const framing = framingOf(request)
    const head = requestHead(request, authority, framing)
    const socket = this.#socket
    this.#hasBegun = true
    if (body !== null) socket.cork()
    socket.write(head, 'latin1')
    if (isStream(body)) {
      // The first bytes of it, if they are here, go out with the head.
      this.#turnBatch.add(this)
      if (request.expectsContinue) this.#awaitContinue(body, framing)
      else this.#begin(body, framing)
      return
    }
    if (body !== null) {
      socket.write(body)
      socket.uncork()
    }
    this.#sent()
  }

  onTurnEnd(): void {
    this.#socket.uncork()
  }

  /** Writes no more of it; a stream is destroyed. */
  stop(): void {
    this.#body?.stop()
    this.keepUnasked()
    this.#unasked?.stream.on('error', () => {}).destroy()
  }

  #begin(body: Readable, framing: RequestFraming): void {
    this.#body = new RequestBody(body, this.#socket, framing, {
      onProgress: () => this.#events.onProgress(),
      onSent: () => this.#sent(),
      onFailed: (error) => this.#events.onFailed(error),
    })
  }

  #awaitContinue(stream: Readable, framing: RequestFraming): void {
    const begin = () => {
      this.keepUnasked()
      this.#unasked = undefined
      if (stream.destroyed) this.#events.onFailed(stream.errored ?? new TypeError('the body ended before it was sent'))
      else this.#begin(stream, framing)
    }
    this.#unasked = { stream, begin, timer: setTimeout(begin, continueMs) }
  }

  #sent(): void {
    this.#body = undefined
    this.#events.onProgress()
  }
}

/** Destroys the stream of a body that was never begun, so that whoever fills it stops. */
export function dropBody({ body }: TargetRequest): void {
  if (isStream(body)) body.destroy()
}

function isStream(body: TargetRequest['body']): body is Readable {
  return body !== null && !(body instanceof Uint8Array)
}
