import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Acts once this answer is at the front of its connection. Answers to pipelined requests go out in order, and only the
 * one at the front may write: node:http puts an interim answer of a queued one in the wrong place, and destroying a
 * queued one closes nothing.
 */
export function whenInFront(response: ServerResponse, act: (socket: Socket) => void): void {
  if (response.socket !== null) act(response.socket)
  else response.once('socket', act)
}

/** Closes the connection of an answer that cannot be completed; those before it go out first. */
export function breakOff(response: ServerResponse): void {
  if (response.socket === null) response.once('socket', (socket: Socket) => socket.destroySoon())
  response.destroy()
}
