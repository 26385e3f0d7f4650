import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

const stdout = 1
/** Kept, because the descriptor would be closed with it. */
let unblocked: Socket | undefined

/**
 * Standard output, opened so that a write does not wait for a reader: where there is no room, it fails with EAGAIN. A
 * write that waits would hold the event loop, or the process at its end, until somebody reads. A file has room.
 *
 * @returns its descriptor
 */
export function openStandardOutput(): number {
  // Opened anew, it would be written from its beginning.
  if (fstatSync(stdout).isFile()) return stdout
  try {
    // Opened anew, as the flag is shared with every process that was given the same pipe.
    return openSync(`/proc/self/fd/${stdout}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // A socket (journald), a pipe of another user, no /proc. Node sets the flag when it takes the descriptor over.
    if (unblocked === undefined) unblocked = new Socket({ fd: stdout, readable: false, writable: true }).unref()
    return stdout
  }
}

const defaultMaxHeld = 1_048_576
/** Some thirty lines: what wakes up their reader for each is paid by the hot path. */
const writeFrom = 16_384
const writeEveryMs = 100
const retryMs = 10
/** What is left at the end of the process may take as long. */
const endMs = 500

/**
 * Lines to a pipe that may be full: they are held up to a limit, and then dropped and counted, so that a reader that
 * has stopped costs log lines, and neither memory, nor the event loop, nor the end of the process.
 */
export class LogOutput {
  /** Called when lines can be written again after some were dropped. It may write one. */
  onDropped: (lines: number) => void = () => {}
  readonly #open: () => number
  readonly #maxHeld: number
  #fd: number | undefined
  #held = ''
  /** Kept: to make one for each write takes as long as the write. A character has three bytes at most. */
  readonly #bytes = Buffer.allocUnsafeSlow(6 * writeFrom)
  /** What the system has taken a part of. */
  #begun = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #isFull = false
  #dropped = 0
  #untold = 0

  /**
   * @param open called at the first line; returns a descriptor
   * @param maxHeld how much is held while nobody reads, in characters
   */
  constructor(open = openStandardOutput, maxHeld = defaultMaxHeld) {
    this.#open = open
    this.#maxHeld = maxHeld
  }

  /** Lines that were dropped since the start. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    this.#fd ??= this.#begin()
    if (this.#begun.length + this.#held.length + line.length > this.#maxHeld) {
      this.#drop(1)
      return
    }
    this.#held += line
    if (this.#held.length >= writeFrom && !this.#isFull) this.flushSync()
    this.#setTimer()
  }

  /** Writes what there is room for, without waiting. */
  flushSync(): void {
    if (this.#fd === undefined) return
    this.#isFull = false
    try {
      while (this.#begun.length > 0 || this.#takeLines()) {
        this.#begun = this.#begun.subarray(writeSync(this.#fd, this.#begun))
      }
    } catch (error) {
      this.#isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN'
      if (!this.#isFull) this.#giveUp()
      return
    }
    if (this.#untold === 0) return
    const lines = this.#untold
    this.#untold = 0
    this.onDropped(lines)
    this.flushSync()
  }

  #begin(): number {
    process.once('exit', () => this.#end())
    return this.#open()
  }

  /** @returns whether there are any */
  #takeLines(): boolean {
    const fits = this.#held.length * 3 <= this.#bytes.length
    this.#begun = fits ? this.#bytes.subarray(0, this.#bytes.write(this.#held)) : Buffer.from(this.#held)
    this.#held = ''
    return this.#begun.length > 0
  }

  /** Nobody will ever read it (EPIPE), or there is no room for it (ENOSPC): no reason to fail. */
  #giveUp(): void {
    this.#drop(`${this.#begun}${this.#held}`.split('\n').length - 1)
    this.#begun = Buffer.alloc(0)
    this.#held = ''
  }

  #drop(lines: number): void {
    this.#dropped += lines
    this.#untold += lines
  }

  #setTimer(): void {
    this.#timer ??= setTimeout(this.#onTimer, this.#isFull ? retryMs : writeEveryMs).unref()
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.flushSync()
    if (this.#isFull) this.#setTimer()
  }

  #end(): void {
    const until = performance.now() + endMs
    this.flushSync()
    while (this.#isFull && performance.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
      this.flushSync()
    }
  }
}
