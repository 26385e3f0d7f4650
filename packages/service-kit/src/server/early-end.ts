import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { discardBody } from '../reading/discard-body.ts'

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

/** From now on, requests on this connection are ignored. */
export function endWithAnswer(socket: Socket): void {
  ending.add(socket)
}

/** Whether bytes on this connection are the rest of a request that has been answered. */
export function isAnsweredEarly(socket: Socket): boolean {
  return unread.has(socket)
}

/** Whether the request's connection answers no more requests. */
export function comesTooLate({ socket }: IncomingMessage): boolean {
  return ending.has(socket)
}
