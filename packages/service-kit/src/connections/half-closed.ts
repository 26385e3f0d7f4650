import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const lookMs = 250
const probes = 2
/** After this long without a write, a caller that cannot be probed is taken to have left. */
const silenceMs = 2_000

/**
 * Finds out whether a caller that has closed its side still waits for its answer. A caller that has left looks the same
 * until something is written to it, so it is sent two interim answers, which callers skip (RFC 9110 section 15.2). If
 * nobody is there, the first one causes a reset and the second one fails. A caller cannot be probed over HTTP/1.0, or
 * once its answer has started. It is taken to have left if nothing is written to it for a while.
 * @param atFront the answer that may write to the connection
 */
export function lookWhoIsThere(socket: Socket, atFront: () => ServerResponse | undefined): void {
  if (atFront() === undefined) return
  let { bytesWritten } = socket
  let asked = 0
  let silentMs = 0
  const look = () => {
    const response = atFront()
    if (response === undefined || socket.bytesWritten > bytesWritten) {
      bytesWritten = socket.bytesWritten
      silentMs = 0
    } else if (response.headersSent || response.req.httpVersion === '1.0') {
      silentMs += lookMs
      if (silentMs >= silenceMs) socket.destroy()
    } else if (asked < probes && socket.writable) {
      asked += 1
      socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      bytesWritten = socket.bytesWritten
    }
  }
  const timer = setInterval(look, lookMs).unref()
  socket.once('close', () => clearInterval(timer))
}
