import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

export interface LogOutputOptions {
  /** Opens the descriptor to write to, at the first line. A write to it must not wait for a reader. */
  readonly open: () => number
  /** How much is held while nobody reads, in characters; 1 Mi unless given. */
  readonly maxHeld?: number
}

const defaultMaxHeld = 1_048_576
/** Writing each line at once would cost the hot path a system call. */
const writeFrom = 4_096
const writeEveryMs = 100
/** While there is no room, it is looked for after so many more characters: a pipe takes 64 KiB. */
const retryFrom = 16_384
const retryMs = 10
/** What is left at the end of the process may take as long. */
const endMs = 500

/**
 * Lines to a pipe that may be full: they are held up to a limit, and then dropped and counted, so that a reader that
 * has stopped costs log lines, and neither memory nor the end of the process.
 */
export class LogOutput implements DestinationStream {
  /** Called when lines can be written again after some were dropped. It may write one. */
  onDropped: (lines: number) => void = () => {}
  readonly #open: () => number
  readonly #maxHeld: number
  #fd: number | undefined
  #lines: string[] = []
  #held = 0
  #writeAt = writeFrom
  /** What has been handed to the system in part. */
  #begun = Buffer.alloc(0)
  #begunLines = 0
  #timer: NodeJS.Timeout | undefined
  #isFull = false
  #isWriting = false
  #dropped = 0
  #untold = 0

  constructor({ open, maxHeld = defaultMaxHeld }: LogOutputOptions) {
    this.#open = open
    this.#maxHeld = maxHeld
  }

  /** Lines that were dropped since the start. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    if (this.#fd === undefined) this.#begin()
    if (this.#begun.length + this.#held + line.length > this.#maxHeld) {
      this.#drop(1)
      return
    }
    this.#lines.push(line)
    this.#held += line.length
    if (this.#held >= this.#writeAt) this.flushSync()
    this.#timer ??= setTimeout(this.#onTimer, this.#isFull ? retryMs : writeEveryMs).unref()
  }

  /** Writes what there is room for, without waiting. pino calls it for fatal lines. */
  flushSync(): void {
    if (this.#isWriting) return
    this.#isWriting = true
    try {
      do this.#isFull = !this.#writeBegun()
      while (!this.#isFull && this.#takeLines())
    } catch {
      // Nobody will ever read it (EPIPE), or there is no room for it (ENOSPC): no reason to fail.
      this.#drop(this.#begunLines + this.#lines.length)
      this.#take()
      this.#begun = Buffer.alloc(0)
      this.#isFull = false
    }
    this.#isWriting = false
    this.#writeAt = this.#isFull ? this.#held + retryFrom : writeFrom
  }

  #begin(): void {
    this.#fd = this.#open()
    process.once('exit', () => this.#end())
  }

  /** @returns whether all of it was written */
  #writeBegun(): boolean {
    while (this.#begun.length > 0) {
      const written = this.#tryWrite()
      if (written === 0) return false
      this.#begun = this.#begun.subarray(written)
    }
    return true
  }

  #tryWrite(): number {
    try {
      return writeSync(this.#fd ?? -1, this.#begun)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
      throw error
    }
  }

  /** @returns whether there are any */
  #takeLines(): boolean {
    const untold = this.#untold
    this.#untold = 0
    if (untold > 0) this.onDropped(untold)
    this.#begunLines = this.#lines.length
    this.#begun = Buffer.from(this.#take())
    return this.#begunLines > 0
  }

  #take(): string {
    const text = this.#lines.join('')
    this.#lines = []
    this.#held = 0
    return text
  }

  #drop(lines: number): void {
    this.#dropped += lines
    this.#untold += lines
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.flushSync()
    if (this.#isFull) this.#timer ??= setTimeout(this.#onTimer, retryMs).unref()
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
