import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { OpenRequests } from './open-requests.ts'

/** As little as a caller may read while something waits for it. */
const bytesPerSecond = 4 * 1024
/** How often it is looked in that time. */
const looks = 6

/** When a caller had last read enough, and how much it had read in all. */
interface Mark {
  readonly at: number
  readonly taken: number
}

/**
 * Ends connections whose callers do not read their answers, or hardly: what waits for them is memory, and nothing else
 * limits how long it is held. All connections are looked at now and then, so that an answer costs nothing.
 * @param limitMs for what was written, or so much of it as a caller must read in that time
 */
export function endUnread(server: Server, open: OpenRequests, limitMs: number): void {
  const enough = (limitMs / 1_000) * bytesPerSecond
  let marks = new Map<Socket, Mark>()
  const look = () => {
    const waiting = new Map<Socket, Mark>()
    const at = performance.now()
    for (const socket of open.sockets()) {
      if (socket.writableLength === 0 || socket.destroyed) continue
      const taken = socket.bytesWritten - untaken(socket)
      const mark = marks.get(socket)
      if (mark === undefined || taken - mark.taken >= enough) waiting.set(socket, { at, taken })
      else if (at - mark.at < limitMs) waiting.set(socket, mark)
      else giveUp(socket)
    }
    marks = waiting
  }
  server.once('listening', () => {
    const timer = setInterval(look, limitMs / looks).unref()
    server.once('close', () => clearInterval(timer))
  })
}

/**
 * What the system has not taken yet. Of a write that is under way Node itself looks at the queue of the handle for its
 * time limits.
 */
function untaken(socket: Socket & WriteUnderWay): number {
  const underWay = socket._writableState?.writelen ?? 0
  return socket.writableLength - underWay + Math.min(underWay, socket._handle?.writeQueueSize ?? underWay)
}

/** Node's own fields. */
interface WriteUnderWay {
  readonly _writableState?: { readonly writelen?: number }
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** In a way that no answer looks whole: over TLS the closure alert is missing, else the connection is reset. */
function giveUp(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}
