import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CollectedBytes, passedBuffers } from '../body/body-bytes.ts'

/** Pieces of a body in one tick that are passed on as they come. One read of 64 KiB in the largest TLS records. */
const piecesAtOnce = 4
/** A stream keeps about 200 bytes for each piece, which do not count towards its high-water mark. */
const smallPiece = 4_096
/** A piece of this size stays on its own, even if earlier ones are unread. */
const worthyBytes = 16_384

const nothing = Buffer.alloc(0)

/** Connections that are not read on in this tick. */
const resting = new WeakSet<Socket>()

/**
 * Reads no more of a connection in this tick. Node reads up to 2 MiB at once, 64 KiB at a time, and resumes a
 * connection by itself whenever a request is complete or somebody reads its body.
 */
function readInNextTick(socket: Socket): void {
  if (resting.has(socket)) return
  resting.add(socket)
  let isWanted = false
  const stay = () => {
    isWanted = true
    socket.pause()
  }
  socket.on('resume', stay).pause()
  setImmediate(() => {
    resting.delete(socket)
    socket.off('resume', stay)
    // Otherwise it stays paused until somebody reads the body.
    if (isWanted) socket.resume()
  })
}

/**
 * A request whose body has few pieces, however its caller divides it: in chunks of a single byte, one read of 64 KiB
 * has 11,000. Pieces of a tick beyond the first few are passed on together at its end, and until then the connection
 * is not read on. Small pieces that arrive while earlier ones are unread are put together as well.
 */
export class BoundedRequest extends IncomingMessage {
  /** The stream has called `_read` and got nothing since. Until it does, it does not call again. */
  #isAsked = false
  #gathered: CollectedBytes | undefined
  /** In this tick. */
  #pieces = 0

  /** @returns whether more may come */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (piece === null) {
      this.#passOn()
      return this.#tell(null)
    }
    this.#pieces += 1
    if (this.#pieces === 2) setImmediate(this.#endTick)
    const isBehind = this.#gathered !== undefined || (piece.length < smallPiece && this.readableLength > 0)
    if (!this.#isOver && !isBehind) return this.#tell(piece, encoding)
    if (this.#isOver) readInNextTick(this.socket)
    this.#gathered ??= new CollectedBytes(0)
    this.#gathered.add(piece)
    // Makes the stream ask again once everything has been read. Otherwise these pieces would stay here.
    if (this.#isAsked) this.#tell(nothing)
    if (this.#isOver) return true
    if (this.#gathered.length >= worthyBytes) return this.#passOn()
    return this.readableLength + this.#gathered.length < this.readableHighWaterMark
  }

  override _read(size: number): void {
    super._read(size)
    this.#isAsked = true
    if (this.#gathered === undefined) return
    // An empty piece only answers this call, so that there is another one when everything has been read.
    if (this.readableLength > 0 || this.#isOver) this.#tell(nothing)
    else this.#passOn()
  }

  get #isOver(): boolean {
    return this.#pieces > piecesAtOnce
  }

  readonly #endTick = (): void => {
    const wasOver = this.#isOver
    this.#pieces = 0
    if (!wasOver || (this.readableLength > 0 && (this.#gathered?.length ?? 0) < worthyBytes)) return
    // As Node's parser does when a piece exceeds the high-water mark.
    if (!this.#passOn()) this.socket.pause()
  }

  #passOn(): boolean {
    const gathered = this.#gathered
    this.#gathered = undefined
    return gathered === undefined || this.destroyed || this.#tell(gathered.all())
  }

  #tell(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    this.#isAsked = false
    return super.push(piece, encoding)
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
