import type { ServerResponse } from 'node:http'
import { type Dispatcher, TransportError } from '@mtls-gateway/outbound'
import type { PassedBuffers } from './passed-buffers.ts'
import { type AnswerHead, answerHead, answerTrailers, hintedLinks, type RawFields } from './target-answer.ts'

type Controller = Dispatcher.DispatchController

/**
 * Hands a target's answer on to the caller while it comes. The end of the caller's connection ends the call; an answer that breaks
 * off ends the caller's connection in a way that it never looks whole.
 */
export class AnswerRelay implements Dispatcher.DispatchHandler {
  /** Resolves when the answer has gone out, or broke off; rejects only while nothing of it has gone out. */
  readonly ended: Promise<void>
  readonly #response: ServerResponse
  readonly #requestId: string
  readonly #buffers: PassedBuffers
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void }
  #controller: Controller | undefined
  #hasWritten = false
  /** Whether the caller can tell from the answer itself where it ends. */
  #isDelimited = true
  #isChunked = false

  constructor(response: ServerResponse, requestId: string, buffers: PassedBuffers) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#settle = { resolve, reject }
    this.#response = response
    this.#requestId = requestId
    this.#buffers = buffers
    response.once('close', this.#onClose)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    // A call that waited for its connection, for a caller that did not wait.
    if (this.#response.destroyed) controller.abort(new TransportError('CALL_ABORTED'))
  }

  onResponseStart(controller: Controller, statusCode: number): void {
    const fields = rawFields(controller.rawHeaders)
    if (statusCode < 200) {
      this.#hint(statusCode, fields)
      return
    }
    const response = this.#response
    const hasBody = response.req.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
    const canChunk = hasBody && response.req.httpVersion !== '1.0'
    const head = answerHead(fields, this.#requestId, canChunk)
    this.#isChunked = canChunk && !head.hasLength
    this.#isDelimited = !hasBody || canChunk || head.hasLength
    this.#writeHead(statusCode, head)
    // The head goes out with the first bytes of the body where these are here already, else now.
    queueMicrotask(() => {
      if (!this.#hasWritten) response.flushHeaders()
    })
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#hasWritten = true
    this.#buffers.passed(chunk.length)
    if (this.#response.write(chunk)) return
    controller.pause()
    this.#response.once('drain', () => controller.resume())
  }

  onResponseEnd(controller: Controller): void {
    this.#hasWritten = true
    if (this.#isChunked) this.#addTrailers(rawFields(controller.rawTrailers))
    this.#response.end()
  }

  onResponseError(_: Controller, error: Error): void {
    if (this.#response.headersSent) this.#breakOff()
    else {
      // Whoever answers in place of the target, or asks it again, has the connection to the caller to itself.
      this.#response.off('close', this.#onClose)
      this.#settle.reject(error)
    }
  }

  readonly #onClose = (): void => {
    // An error costs its stack, so it is made only where the call is not over anyway.
    if (!this.#response.writableFinished) this.#controller?.abort(new TransportError('CALL_ABORTED'))
    this.#settle.resolve()
  }

  #writeHead(statusCode: number, { headers }: AnswerHead): void {
    const response = this.#response
    try {
      response.sendDate = false
      response.writeHead(statusCode, headers)
    } catch (cause) {
      // node:http keeps parts of a head that it refused; no other answer may follow on this connection.
      response.shouldKeepAlive = false
      throw new TransportError('MALFORMED_RESPONSE', { cause })
    }
  }

  /** Of the interim answers only hints are for the caller: 100 is between us and the target, 102 says nothing to anyone. */
  #hint(statusCode: number, fields: RawFields): void {
    if (statusCode !== 103 || this.#response.req.httpVersion === '1.0') return
    try {
      this.#response.writeEarlyHints({ link: hintedLinks(fields) })
    } catch {
      // A link that node:http does not take is a hint less, and the answer is still to come.
    }
  }

  #addTrailers(fields: RawFields): void {
    if (fields.length === 0) return
    try {
      this.#response.addTrailers(answerTrailers(fields))
    } catch {
      // A field that node:http does not take must not cost the caller a body that has come whole.
    }
  }

  #breakOff(): void {
    const { socket } = this.#response
    // A plain end would say that the body is whole. Over TLS a connection that is destroyed lacks its closure alert.
    if (this.#isDelimited || socket === null || 'encrypted' in socket) this.#response.destroy()
    else socket.resetAndDestroy()
  }
}

/** undici's type tells of every form that some handler may see; for HTTP/1.1 it is the list. */
function rawFields(fields: Controller['rawHeaders']): RawFields {
  return Array.isArray(fields) ? fields : []
}
