import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { discardBody } from '../body/discard-body.ts'

/** Connections that end with the answer that has gone out, while the body of its request is still coming. */
const ending = new WeakSet<Socket>()

/**
 * For an answer that is finished before its request: the rest of the body is read away. Where the connection ends with this answer,
 * our side is closed at once, and the whole only after the body or its limits: Node would close it all, the system then resets it
 * over the bytes that are unread, and a caller that is still sending loses the answer (2 of 400 uploads).
 */
export function readRestOf(request: IncomingMessage): void {
  const { socket } = request
  if (!request.complete) {
    const destroySoon = socket.destroySoon
    socket.destroySoon = () => {
      ending.add(socket)
      socket.end()
    }
    request.once('close', () => {
      socket.destroySoon = destroySoon
      if (ending.has(socket)) socket.destroySoon()
    })
  }
  discardBody(request)
}

/** Whether a request came on a connection on which none is answered any more. */
export function comesTooLate({ socket }: IncomingMessage): boolean {
  return ending.has(socket)
}
