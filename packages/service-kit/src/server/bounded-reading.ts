import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CollectedBytes, passedBuffers } from '../body/body-bytes.ts'

/** A stream keeps about 200 bytes for each piece, which do not count towards its high-water mark. */
const smallPiece = 4_096
/** A piece of this size stays on its own, even if earlier ones are unread. */
const worthyBytes = 16_384

const nothing = Buffer.alloc(0)

/**
 * A request whose unread body has few pieces, however its caller divides it: small ones that arrive while earlier ones
 * are unread are put together. Otherwise a call whose target reads nothing could keep 65,536 of a byte each: 13 MiB.
 */
export class BoundedRequest extends IncomingMessage {
  #gathered: CollectedBytes | undefined

  /** @returns whether more may come */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (piece === null) {
      this.#passOn()
      return super.push(null)
    }
    const isBehind = this.#gathered !== undefined || (piece.length < smallPiece && this.readableLength > 0)
    if (!isBehind) return super.push(piece, encoding)
    this.#gathered ??= new CollectedBytes(0)
    this.#gathered.add(piece)
    // Answers the stream's last `_read`, so that it calls again. Otherwise these pieces would stay here.
    super.push(nothing)
    if (this.#gathered.length >= worthyBytes) return this.#passOn()
    return this.readableLength + this.#gathered.length < this.readableHighWaterMark
  }

  override _read(size: number): void {
    super._read(size)
    if (this.#gathered === undefined) return
    // An empty piece only answers this call, so that there is another one when everything has been read.
    if (this.readableLength > 0) super.push(nothing)
    else this.#passOn()
  }

  #passOn(): boolean {
    const gathered = this.#gathered
    this.#gathered = undefined
    return gathered === undefined || this.destroyed || super.push(gathered.all())
  }
}

export interface DiscardLimits {
  /** Bytes of the connection: chunks of a single byte take six times what they carry. */
  readonly bytes: number
  readonly milliseconds: number
}

/** Enough for a caller that reads the answer only after sending everything. */
const defaultLimits: DiscardLimits = { bytes: 64 * 1024 * 1024, milliseconds: 10_000 }
/** Bytes of the connection that are not the body's, but divide it into chunks. Each chunk costs time, however small. */
const mostFraming = 1_048_576

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
    socket.destroySoon = () => socket.end()
    request.once('close', () => {
      unread.delete(socket)
      socket.destroySoon = destroySoon
      if (socket.writableEnded) socket.destroySoon()
    })
  }
  discardBody(request)
}

/**
 * Discards the rest of a request that has been answered early, and closes the connection beyond the limits. Closing it
 * at once would reset it, and the caller would lose the answer. Not reading it would hang: Node reads on by itself only
 * if nobody has started to read the body.
 */
export function discardBody(request: IncomingMessage, limits: DiscardLimits = defaultLimits): void {
  if (request.readableEnded || request.destroyed) return
  const { socket } = request
  const before = socket.bytesRead
  let carried = 0
  const timer = setTimeout(() => socket.destroy(), limits.milliseconds).unref()
  request.on('data', (chunk: Buffer) => {
    passedBuffers.passed(chunk.length)
    carried += chunk.length
    const bytes = socket.bytesRead - before
    if (bytes > limits.bytes || bytes - carried > mostFraming) socket.destroy()
  })
  const stop = () => clearTimeout(timer)
  request.once('end', stop).once('close', stop).on('error', stop)
  // Now, not in the next tick: Node removes the listeners of a request of which nothing was ever read.
  request.read(0)
  request.resume()
}

/** Whether bytes on this connection are the rest of a request that has been answered. */
export function isAnsweredEarly(socket: Socket): boolean {
  return unread.has(socket)
}
