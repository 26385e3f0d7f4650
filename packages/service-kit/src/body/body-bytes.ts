import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { CodedError } from '@mtls-gateway/domain'

interface ReadLimits {
  readonly maxBytes: number
  readonly pace?: BodyPace
  /** Told how much there is, before a piece is kept; what it throws ends the reading. */
  readonly onGrowth?: (bytes: number) => void
}

/**
 * Reads a whole body. If that fails early, the connection stays open for the answer, and the rest is not read here.
 * @throws CodedError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`; the error that ended the connection; what `onGrowth` throws
 */
export function readBodyBytes(body: IncomingMessage, { maxBytes, pace, onGrowth }: ReadLimits): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const declared = Number(body.headers?.['content-length'] ?? 0)
  const collected = new CollectedBytes(Math.min(declared, maxBytes))
  const leave = () => {
    endWatch()
    endWait()
    body.off('data', take)
  }
  const leaveEarly = (error: Error) => {
    leave()
    body.pause()
    reject(error)
  }
  const take = (chunk: Buffer) => {
    passedBuffers.passed(chunk.length)
    const bytes = collected.length + chunk.length
    try {
      if (bytes > maxBytes) throw bodyTooLarge(maxBytes)
      onGrowth?.(bytes)
      collected.add(chunk)
    } catch (error) {
      leaveEarly(error as Error)
    }
  }
  const endWatch = watchPace(body, leaveEarly, pace)
  const endWait = finished(body, { writable: false }, (error) => {
    leave()
    if (error) reject(error)
    else resolve(collected.all())
  })
  body.on('data', take)
  return promise
}

export function bodyTooLarge(maxBytes: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send fewer entries at once.`, {
    details: { limit: maxBytes },
  })
}

/** How fast a body must arrive that is read whole, because it holds memory until then. */
interface BodyPace {
  /** However slowly it starts. */
  readonly graceMs: number
  /** On average, after that. */
  readonly bytesPerSecond: number
}

const defaultPace: BodyPace = { graceMs: 10_000, bytesPerSecond: 16 * 1024 }
const checkMs = 1_000

/**
 * Calls `onSlow` once if the connection is too slow. It counts the bytes that the socket has read, so it does not
 * interfere with whoever reads the body. @returns a function that ends the watch
 */
export function watchPace(
  { socket }: IncomingMessage,
  onSlow: (error: CodedError) => void,
  { graceMs, bytesPerSecond }: BodyPace = defaultPace,
): () => void {
  const [startedAt, before] = [performance.now(), socket.bytesRead]
  const timer = setInterval(
    () => {
      const paceMs = performance.now() - startedAt - graceMs
      if (socket.bytesRead - before >= (paceMs / 1_000) * bytesPerSecond) return
      clearInterval(timer)
      onSlow(new CodedError('BODY_TOO_SLOW', 'The body arrived too slowly. Send the request again.'))
    },
    Math.min(checkMs, graceMs),
  )
  return () => clearInterval(timer)
}

/** With a smaller start, pieces of a single byte would make it grow ten times as often. */
const leastBytes = 1_024

/**
 * The pieces of a body, each copied into one buffer on arrival. Pieces kept until the last one arrives would grow old,
 * and their memory would wait until V8 marks the whole heap.
 */
export class CollectedBytes {
  readonly #expected: number
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  /** @param expected the total length, or 0 if it is not known */
  constructor(expected: number) {
    this.#expected = expected
  }

  get length(): number {
    return this.#length
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length
    // Most bodies are one piece.
    if (this.#length === 0) this.#bytes = piece
    else {
      if (length > this.#bytes.length) this.#grow(length)
      piece.copy(this.#bytes, this.#length)
    }
    this.#length = length
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#expected, 2 * this.#bytes.length, leastBytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** A collection takes about 1 ms. Until then the buffers stay resident. */
const collectEveryBytes = 16 * 1_048_576

/**
 * Frees the buffers of bodies that have been passed on or processed. V8 collects its young generation when objects fill
 * it, which the few objects around a buffer of 64 KiB do not. External memory reaches its limit first, and V8 marks the
 * whole heap. An upload of 1 GiB spent half its processor time on that (3.5 s, now 1.5) and took 70 to 130 MiB of
 * memory (now 20).
 */
export class PassedBuffers {
  #collectYoung: (() => void) | undefined
  #bytes = 0

  /** @param collectYoung V8's own by default */
  constructor(collectYoung?: () => void) {
    this.#collectYoung = collectYoung
  }

  /** Call it with the size of each piece of a body. */
  passed(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < collectEveryBytes) return
    this.#bytes = 0
    this.#collectYoung ??= youngCollection()
    this.#collectYoung()
  }
}

/** The `gc` of `--expose-gc`, which is exposed only for this. */
function youngCollection(): () => void {
  setFlagsFromString('--expose-gc')
  const gc: (options: { type: 'minor' }) => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return () => gc({ type: 'minor' })
}

/** One for the whole process, because there is one heap. */
export const passedBuffers = new PassedBuffers()

/** Whether the request has a body, even if it is an empty chunked one. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
