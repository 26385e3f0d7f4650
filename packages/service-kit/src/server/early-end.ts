import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { discardBody } from '../reading/discard-body.ts'

/** Connections that close after an answer, even if the body of its request is still coming. */
const ending = new WeakSet<Socket>()
/** Connections with a request that was answered before all of it had come. */
const unread = new WeakSet<Socket>()

/**
 * For an answer that is finished before its request: the rest of the body is read away. Where the connection ends with
 * this answer, our side is closed at once, and the whole only after the body or its limits: Node would close it all,
 * the system then resets it over the bytes that are unread, and a caller that is still sending loses the answer (2 of
 * 400 uploads).
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

/** From here on, requests on this connection are ignored. */
export function endWithAnswer(socket: Socket): void {
  ending.add(socket)
}

/** Whether what comes on this connection is the rest of a request that has been answered. */
export function isAnsweredEarly(socket: Socket): boolean {
  return unread.has(socket)
}

/** Whether a request came on a connection on which none is answered any more. */
export function comesTooLate({ socket }: IncomingMessage): boolean {
  return ending.has(socket)
}
