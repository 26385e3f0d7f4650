import type { IncomingMessage } from 'node:http'
import { passedBuffers } from '../body/passed-buffers.ts'
import { readerOf } from './caller-reader.ts'

export interface DiscardLimits {
  /** Of the connection: chunks of a single byte are six times what they carry. */
  readonly bytes: number
  readonly milliseconds: number
}

/** Enough for a caller that reads the answer only when all is sent; whoever goes on beyond has had it for long. */
const defaultLimits: DiscardLimits = { bytes: 64 * 1024 * 1024, milliseconds: 10_000 }
/** For a body in so many small pieces that its connection has to wait in line: reading it away costs, too. */
const bytesInLine = 1_048_576

/**
 * Reads away what is left of a request that has been answered early, and closes the connection beyond the limits. A
 * connection that is closed at once is reset, by which callers lose the answer; one that is not read hangs, as Node
 * reads on only for a request of which nobody has begun to read the body.
 */
export function discardBody(request: IncomingMessage, limits: DiscardLimits = defaultLimits): void {
  if (request.readableEnded || request.destroyed) return
  const { socket } = request
  const reader = readerOf(socket)
  const before = socket.bytesRead
  const timer = setTimeout(() => socket.destroy(), limits.milliseconds).unref()
  request.on('data', (chunk: Buffer) => {
    passedBuffers.passed(chunk.length)
    const bytes = reader?.linesUp ? Math.min(bytesInLine, limits.bytes) : limits.bytes
    if (socket.bytesRead - before > bytes) socket.destroy()
  })
  const stop = () => clearTimeout(timer)
  request.once('end', stop).once('close', stop).on('error', stop)
  // At once, not with the next tick: Node takes away the listeners of a request of which nothing was ever read.
  request.read(0)
  request.resume()
}
