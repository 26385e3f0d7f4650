import { write, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'
import type { Output } from './standard-output.ts'

export interface LogOutputOptions {
  /** Called at the first line. */
  readonly open: () => Output
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
/** A file system that takes longer for a write hangs. The process would hang with it when it ends. */
const hungMs = 2_000

/**
 * Lines to a pipe that may be full, or to a file whose file system may hang: they are held up to a limit, and then
 * dropped and counted, so that it costs log lines, and neither memory, nor the event loop, nor the end of the process.
 */
export class LogOutput implements DestinationStream {
  /** Called when lines can be written again after some were dropped. It may write one. */
  onDropped: (lines: number) => void = () => {}
  readonly #open: () => Output
  readonly #maxHeld: number
  #output: Output | undefined
  #lines: string[] = []
  #held = 0
  #writeAt = writeFrom
  /** What has been handed to the system in part. */
  #begun = Buffer.alloc(0)
  #begunLines = 0
  #timer: NodeJS.Timeout | undefined
  #isFull = false
  #isWriting = false
  /** Timers that have run since the write that is under way in a thread began. A blocked event loop runs none. */
  #timersSince = 0
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
    if (this.#output === undefined) this.#begin()
    if (this.#begun.length + this.#held + line.length > this.#maxHeld) {
      this.#drop(1)
      return
    }
    this.#lines.push(line)
    this.#held += line.length
    if (this.#held >= this.#writeAt) this.flushSync()
    this.#setTimer()
  }

  /** Writes what there is room for, or hands it to a thread, without waiting. pino calls it for fatal lines. */
  flushSync(): void {
    if (this.#isWriting) return
    this.#isWriting = true
    if (this.#output?.mayWait) this.#writeInThread()
    else this.#writeNow()
  }

  #begin(): void {
    this.#output = this.#open()
    process.once('exit', () => this.#end())
  }

  #writeNow(): void {
    try {
      do this.#isFull = !this.#writeBegun()
      while (!this.#isFull && this.#takeLines())
    } catch {
      this.#giveUp()
    }
    this.#isWriting = false
    this.#writeAt = this.#isFull ? this.#held + retryFrom : writeFrom
  }

  /** One of libuv's threads waits for the file system. With one write at a time, lines keep their order. */
  #writeInThread(): void {
    if (this.#begun.length === 0 && !this.#takeLines()) {
      this.#isWriting = false
      return
    }
    this.#timersSince = 0
    write(this.#fd, this.#begun, (error, written) => {
      if (error) this.#giveUp()
      else this.#begun = this.#begun.subarray(written)
      this.#isWriting = false
      if (this.#begun.length > 0 || this.#held >= writeFrom) this.flushSync()
      else if (this.#held > 0) this.#setTimer()
    })
  }

  /** Nobody will ever read it (EPIPE), or there is no room for it (ENOSPC): no reason to fail. */
  #giveUp(): void {
    this.#drop(this.#begunLines + this.#lines.length)
    this.#take()
    this.#begun = Buffer.alloc(0)
    this.#isFull = false
  }

  get #fd(): number {
    return this.#output?.fd ?? -1
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
      return writeSync(this.#fd, this.#begun)
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

  #setTimer(): void {
    this.#timer ??= setTimeout(this.#onTimer, this.#isFull ? retryMs : writeEveryMs).unref()
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    this.#timersSince += 1
    this.flushSync()
    if (this.#isFull || this.#isWriting) this.#setTimer()
  }

  #end(): void {
    if (this.#isWriting) {
      this.#endInThread()
      return
    }
    const until = performance.now() + endMs
    this.#isWriting = true
    this.#writeNow()
    while (this.#isFull && performance.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
      this.flushSync()
    }
  }

  /** Node waits for what its threads have been given before it ends, and nothing but a signal ends that. */
  #endInThread(): void {
    if (this.#timersSince * writeEveryMs >= hungMs) process.kill(process.pid, 'SIGKILL')
    else if (this.#takeLines()) write(this.#fd, this.#begun, () => {})
  }
}
