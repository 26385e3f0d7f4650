import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'
import type { TargetRequest } from '../upstream/exchange.ts'
import { RequestBody } from './request-body.ts'
import { framingOf, requestHead } from './request-head.ts'

export interface RequestWriterEvents {
  /** All of it has been handed to the socket, or the target takes no more for now, or takes it again. */
  onProgress(): void
  /** The body failed, so that the request will not be whole. */
  onFailed(error: Error): void
}

/** Writes one request: its head, and its body as fast as the target takes it. */
export class RequestWriter implements Batched {
  readonly #socket: TLSSocket
  readonly #turnBatch: TurnBatch
  readonly #events: RequestWriterEvents
  #body: RequestBody | undefined
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
    return this.#hasBegun && this.#body === undefined
  }

  /** More of it is to come from whoever sends it, and the target would take it. */
  get isAwaited(): boolean {
    return this.#body?.isStalled === false
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
      this.#body = new RequestBody(body, socket, framing, {
        onProgress: () => this.#events.onProgress(),
        onSent: () => this.#sent(),
        onFailed: (error) => this.#events.onFailed(error),
      })
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
