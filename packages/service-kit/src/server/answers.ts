import { type ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '../problems/problem.ts'

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
 * A hook `onSend` of Fastify. A longer answer is written in pieces, each when the one before has been taken: for a
 * caller that reads nothing, TLS would keep a copy of all of it.
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
