import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import { CodedError } from '@mtls-gateway/domain'
import { type BodyPace, watchPace } from './body-pace.ts'
import { CollectedBytes } from './collected-bytes.ts'
import { passedBuffers } from './passed-buffers.ts'

export interface ReadLimits {
  readonly maxBytes: number
  readonly pace?: BodyPace
}

/**
 * Reads a whole body. If that fails early, the connection stays open for the answer, and the rest is not read here.
 * @throws CodedError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`; the error that ended the connection
 */
export function readBodyBytes(body: IncomingMessage, { maxBytes, pace }: ReadLimits): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const declared = Number(body.headers?.['content-length'] ?? 0)
  const collected = new CollectedBytes(Math.min(declared, maxBytes))
  const leave = () => {
    endWatch()
    endWait()
    body.off('data', take)
  }
  const leaveEarly = (error: Error) => {
    leave()
    body.pause()
    reject(error)
  }
  const take = (chunk: Buffer) => {
    passedBuffers.passed(chunk.length)
    if (collected.length + chunk.length > maxBytes) leaveEarly(bodyTooLarge(maxBytes))
    else collected.add(chunk)
  }
  const endWatch = watchPace(body, leaveEarly, pace)
  const endWait = finished(body, { writable: false }, (error) => {
    leave()
    if (error) reject(error)
    else resolve(collected.all())
  })
  body.on('data', take)
  return promise
}

export function bodyTooLarge(maxBytes: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send fewer entries at once.`, {
    details: { limit: maxBytes },
  })
}
