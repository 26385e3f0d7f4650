import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import type { AnswerCase, Reading } from './reading.ts'

/** A connection to nobody: every request is answered with these bytes, after which the connection ends. */
class Answering extends Duplex {
  readonly #bytes: Buffer
  #isAsked = false

  constructor(bytes: Buffer) {
    super()
    this.#bytes = bytes
  }

  override _read(): void {}

  override _write(_request: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done()
    if (this.#isAsked) return
    this.#isAsked = true
    if (this.#bytes.length > 0) this.push(this.#bytes)
    this.push(null)
  }
}

/** What Node's own client makes of it. */
export function nodeReading({ isToHead, bytes }: AnswerCase): Promise<Reading | undefined> {
  const interim: (readonly [number, readonly string[]])[] = []
  let response: IncomingMessage | undefined
  let body = ''
  const connection = new Answering(bytes)
  const request = httpRequest({ method: isToHead ? 'HEAD' : 'GET', createConnection: () => connection })
  request.maxHeadersCount = 0
  request
    .on('error', () => {})
    .on('information', ({ statusCode, rawHeaders }) => interim.push([statusCode, rawHeaders]))
  request.on('response', (begun) => {
    response = begun
    begun
      .on('error', () => {})
      .on('data', (piece: Buffer) => {
        body += piece.toString('latin1')
      })
  })
  const { promise, resolve } = Promise.withResolvers<Reading | undefined>()
  request.on('close', () => {
    if (response?.complete !== true) resolve(undefined)
    else {
      const { statusCode: status = 0, rawHeaders: fields, rawTrailers: trailers } = response
      resolve({ interim, status, fields, body, trailers })
    }
  })
  request.end()
  return promise
}
