import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Problem } from '../problems/problem.ts'
import type { OpenRequests } from './open-requests.ts'

/**
 * Acts once this answer is at the front of its connection. Answers to pipelined requests go out in order, and only the
 * one at the front may write: node:http puts an interim answer of a queued one in the wrong place, and destroying a
 * queued one closes nothing.
 */
function whenInFront(response: ServerResponse, act: (socket: Socket) => void): void {
  if (response.socket !== null) act(response.socket)
  else response.once('socket', act)
}

/**
 * Answers with a problem document. Sets length and reason explicitly, because node:http remembers those of a target's
 * answer whose head could not be written.
 */
export function answerProblem(
  response: ServerResponse,
  { status, headers, body }: Problem,
  moreHeaders: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body)
  const all = { ...headers, ...moreHeaders, 'content-length': Buffer.byteLength(text) }
  response.writeHead(status, STATUS_CODES[status] ?? '', all)
  response.end(text)
}

/** Closes the connection of an answer that cannot be completed; those before it go out first. */
export function breakOff(response: ServerResponse): void {
  if (response.socket === null) response.once('socket', (socket: Socket) => socket.destroySoon())
  response.destroy()
}

/**
 * Answers `Expect: 100-continue` when the body is read, which is after the caller has been authenticated: a caller that
 * is refused need not send it. Without a 100 a caller may or may not send the body, so nobody knows where the next
 * request starts. The connection then ends with the answer (RFC 9110 section 10.1.1).
 */
export function continueWhenRead(open: OpenRequests, request: IncomingMessage, response: ServerResponse): void {
  const { shouldKeepAlive } = response
  const read = request._read
  response.shouldKeepAlive = false
  request._read = (size) => {
    request._read = read
    continueInFront(response, () => {
      if (shouldKeepAlive) open.keep(request.socket, response)
    })
    read.call(request, size)
  }
}

/** Writes the 100 as soon as the connection is free for it, unless the answer comes first. */
export function continueInFront(response: ServerResponse, before = () => {}): void {
  whenInFront(response, () => {
    if (response.headersSent || response.destroyed) return
    before()
    response.writeContinue()
  })
}

/** The least that a caller must read while something waits for it. */
const bytesPerSecond = 4 * 1024
/** How often connections are checked in that time. */
const looks = 6

/** When a caller had last read enough, and how much it had read by then. */
interface Mark {
  readonly at: number
  readonly taken: number
}

/**
 * Ends connections whose callers hardly read their answers, or not at all: unread answers hold memory, and nothing else
 * limits for how long. All connections are checked at intervals, so that an answer costs nothing.
 * @param limitMs for a caller to read what was written, or the minimum for that time
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

/** Bytes not yet passed to the system. For a write under way, asks the handle's queue, as Node's own timeouts do. */
function untaken(socket: Socket & WriteUnderWay): number {
  const underWay = socket._writableState?.writelen ?? 0
  return socket.writableLength - underWay + Math.min(underWay, socket._handle?.writeQueueSize ?? underWay)
}

/** Node's own fields. */
interface WriteUnderWay {
  readonly _writableState?: { readonly writelen?: number }
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** Ends it so that no answer looks whole: over TLS the closure alert is missing, otherwise the connection is reset. */
function giveUp(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}
