import { type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../problems/problem.ts'
import type { OpenRequests } from './open-requests.ts'

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

/** An answer up to this size is written whole. */
const pieceBytes = 64 * 1024

/**
 * A hook `onSend` of Fastify. A longer answer is written in pieces, each when the one before has been taken: Node tells
 * how much of a write the caller has read only when all of it is.
 */
export function sendInPieces(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: null, payload: unknown) => void,
): void {
  const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload)
  if (!isWhole || payload.length <= pieceBytes) {
    done(null, payload)
    return
  }
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  reply.header('content-length', bytes.length)
  done(null, Readable.from(piecesOf(bytes)))
}

function* piecesOf(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

/** For so many bytes that wait, a caller has the limit once more: 4 KiB a second, if that is 30 s. */
const bytesPerLimit = 120 * 1024
/** How often connections are checked in that time. */
const looks = 6

/** What waited for a caller at some moment. */
interface Waiting {
  /** When they have been taken, it is over. Counted from the start of the connection. */
  readonly bytes: number
  readonly until: number
}

/**
 * Ends connections whose callers hardly read their answers, or not at all: unread answers hold memory, and nothing else
 * limits for how long. All connections are checked at intervals, so that an answer costs nothing.
 * @param limitMs for a caller to read what waits for it, and once more for every `bytesPerLimit` of that
 */
export function endUnread(server: Server, open: OpenRequests, limitMs: number): void {
  let before = new Map<Socket, Waiting>()
  const look = () => {
    const now = new Map<Socket, Waiting>()
    const at = performance.now()
    for (const socket of open.sockets()) {
      const { bytesWritten, writableLength } = socket
      if (writableLength === 0 || socket.destroyed) continue
      const waiting = before.get(socket)
      if (waiting === undefined || bytesWritten - writableLength >= waiting.bytes) {
        now.set(socket, { bytes: bytesWritten, until: at + limitMs * (1 + writableLength / bytesPerLimit) })
      } else if (at < waiting.until) now.set(socket, waiting)
      else giveUp(socket)
    }
    before = now
  }
  server.once('listening', () => {
    const timer = setInterval(look, limitMs / looks).unref()
    server.once('close', () => clearInterval(timer))
  })
}

/** Ends it so that no answer looks whole: over TLS the closure alert is missing, otherwise the connection is reset. */
function giveUp(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}
