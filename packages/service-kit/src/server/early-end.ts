import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { passedBuffers } from '../body/passed-buffers.ts'

export interface DiscardLimits {
  /** Bytes of the connection: chunks of a single byte take six times what they carry. */
  readonly bytes: number
  readonly milliseconds: number
}

/** Enough for a caller that reads the answer only after sending everything. */
const defaultLimits: DiscardLimits = { bytes: 64 * 1024 * 1024, milliseconds: 10_000 }
/** Bytes of the connection that are not the body's, but divide it into chunks. Each chunk costs time, however small. */
const mostFraming = 1_048_576

/** Connections that close after an answer, even if the body of its request is still coming. */
const ending = new WeakSet<Socket>()
/** Connections with a request that was answered before it was complete. */
const unread = new WeakSet<Socket>()

/**
 * Discards the rest of a request whose answer is finished. If the connection ends with this answer, our side is closed
 * at once, and the other side only after the body or its limits. Node would close both: the system then resets the
 * connection because of the unread bytes, and a caller that is still sending loses the answer (2 of 400 uploads).
 */
export function readRestOf(request: IncomingMessage): void {
  const { socket } = request
  if (!request.complete) {
    unread.add(socket)
    const destroySoon = socket.destroySoon
    socket.destroySoon = () => {
      ending.add(socket)
      socket.end()
    }
    request.once('close', () => {
      unread.delete(socket)
      socket.destroySoon = destroySoon
      if (ending.has(socket)) socket.destroySoon()
    })
  }
  discardBody(request)
}

/**
 * Discards the rest of a request that has been answered early, and closes the connection beyond the limits. Closing it
 * at once would reset it, and the caller would lose the answer. Not reading it would hang: Node reads on by itself only
 * if nobody has started to read the body.
 */
export function discardBody(request: IncomingMessage, limits: DiscardLimits = defaultLimits): void {
  if (request.readableEnded || request.destroyed) return
  const { socket } = request
  const before = socket.bytesRead
  let carried = 0
  const timer = setTimeout(() => socket.destroy(), limits.milliseconds).unref()
  request.on('data', (chunk: Buffer) => {
    passedBuffers.passed(chunk.length)
    carried += chunk.length
    const bytes = socket.bytesRead - before
    if (bytes > limits.bytes || bytes - carried > mostFraming) socket.destroy()
  })
  const stop = () => clearTimeout(timer)
  request.once('end', stop).once('close', stop).on('error', stop)
  // Now, not in the next tick: Node removes the listeners of a request of which nothing was ever read.
  request.read(0)
  request.resume()
}

/** From now on, requests on this connection are ignored. */
export function endWithAnswer(socket: Socket): void {
  ending.add(socket)
}

/** Whether bytes on this connection are the rest of a request that has been answered. */
export function isAnsweredEarly(socket: Socket): boolean {
  return unread.has(socket)
}

/** Whether the request's connection answers no more requests. Node parses all that it has read, closed or not. */
export function comesTooLate({ socket }: IncomingMessage): boolean {
  return ending.has(socket) || socket.destroyed
}
