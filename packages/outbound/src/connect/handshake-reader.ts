import { readSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { type Job, WorkTime } from '@mtls-gateway/event-loop'
import { targetTooCostly } from '../failures/transport-error.ts'
import type { AccountLoop } from './event-loop-shares.ts'
import { InputPause, inputOf } from './target-socket.ts'

/** Node's undocumented handle of a TLS socket. */
interface TlsHandle {
  /** Has OpenSSL work on these bytes as if they had been read from the connection. */
  receive(bytes: Buffer): void
  /** Undefined or negative where the system has none (Windows). */
  readonly fd?: number
}

/** What may be handed on of what a target sends. */
interface HandshakeInspection {
  /** @throws TransportError where nothing more of it may be */
  add(bytes: Buffer): void
  /** The next piece, asked for again when that has been handed on. @throws TransportError */
  next(): Buffer | undefined
  /** What has come and was not handed on: when the handshake is over, all of it may be. */
  rest(): Buffer
}

interface HandshakeReaderParts {
  readonly tls: TLSSocket
  readonly inspection: HandshakeInspection
  /** Where accounts share the event loop, whose turn it is. */
  readonly loop: AccountLoop | undefined
}

/** One for all: what a read brings is copied out of it at once. */
const readBuffer = Buffer.allocUnsafe(64 * 1024)
/** A look is delayed by this part of the time that the handshake has taken so far, and costs 5 us. */
const lookPart = 1 / 8

/**
 * Reads a connection during its handshake and hands OpenSSL what passes inspection. When Node reads, OpenSSL processes
 * the bytes before any code of ours runs, so they could be neither inspected nor timed. Later calls cost nothing extra:
 * Node reads the connection itself once the handshake is over.
 */
export class HandshakeReader implements Job {
  /** What a step takes at least: a turn of the event loop has room for two. */
  readonly expectedMs = 0.5
  readonly #parts: HandshakeReaderParts
  readonly #pause: InputPause
  readonly #began = performance.now()
  #look: NodeJS.Immediate | NodeJS.Timeout | undefined
  /** What it waits for its turn with. */
  #bytes: Buffer | undefined

  constructor(parts: HandshakeReaderParts) {
    this.#parts = parts
    this.#pause = new InputPause(inputOf(parts.tls))
  }

  get isInLine(): boolean {
    return this.#bytes !== undefined
  }

  /** From now on Node does not read the connection. */
  start(): void {
    if (this.#tlsHandle === undefined || (this.#descriptor ?? -1) < 0) return
    this.#pause.begin()
    this.#look = setImmediate(this.#read)
    this.#parts.tls.once('close', () => this.stop())
  }

  /** Node reads the connection itself, as soon as what is put off to the end of this turn has been sent. */
  stop(): void {
    if (this.#look === undefined) return
    clearImmediate(this.#look as NodeJS.Immediate)
    clearTimeout(this.#look as NodeJS.Timeout)
    this.#look = undefined
    this.#bytes = undefined
    this.#parts.loop?.leave(this)
    setImmediate(() => this.#pause.end())
  }

  readonly #read = (): void => {
    // The number may be another connection's as soon as this one is closed.
    const descriptor = this.#descriptor
    if (descriptor === undefined || this.#tlsHandle === undefined) return
    const size = this.#readNow(descriptor)
    if (size === undefined) this.#lookAgain()
    // The end of the connection is Node's to find: it reads the same again.
    else if (size === 0) this.stop()
    else {
      this.#bytes = Buffer.from(readBuffer.subarray(0, size))
      if (this.#parts.loop === undefined) this.onTurn()
      else this.#parts.loop.lineUp(this)
    }
  }

  onTurn(): void {
    const bytes = this.#bytes
    this.#bytes = undefined
    if (bytes === undefined || this.#tlsHandle === undefined) return
    this.#handOn(bytes)
    if (this.#look !== undefined) this.#look = setImmediate(this.#read)
  }

  /** @returns undefined where nothing has come, or the connection is broken */
  #readNow(descriptor: number): number | undefined {
    try {
      return readSync(descriptor, readBuffer, 0, readBuffer.length, null)
    } catch (error) {
      // Only errors are thrown here.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#parts.tls.destroy(error as Error)
      return undefined
    }
  }

  #lookAgain(): void {
    if (this.#look === undefined) return
    this.#look = setTimeout(this.#read, (performance.now() - this.#began) * lookPart)
  }

  #handOn(bytes: Buffer): void {
    const { tls, inspection, loop } = this.#parts
    const workMs = this.#work(() => {
      inspection.add(bytes)
      let piece = inspection.next()
      while (piece !== undefined) {
        this.#tlsHandle?.receive(piece)
        piece = this.#look === undefined ? undefined : inspection.next()
      }
      // Before anything is asked of the target: what comes unasked is no answer.
      if (this.#look === undefined) this.#tlsHandle?.receive(inspection.rest())
    })
    // Where it is over, its account rests for the next one.
    if (loop?.spend(workMs) === false && this.#look !== undefined) tls.destroy(targetTooCostly())
  }

  /** @returns what the inspection, OpenSSL, and whoever hears from it, took of the event loop, in milliseconds */
  #work(task: () => void): number {
    const { tls } = this.#parts
    const work = new WorkTime()
    work.begin()
    try {
      task()
    } catch (error) {
      // Only errors are thrown here.
      tls.destroy(error as Error)
    } finally {
      work.end()
    }
    return work.ms
  }

  get #tlsHandle(): TlsHandle | undefined {
    return (this.#parts.tls as unknown as { _handle: TlsHandle | null })._handle ?? undefined
  }

  get #descriptor(): number | undefined {
    return this.#tlsHandle?.fd
  }
}
