import { constants, fstatSync, openSync, write, writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Where lines are written to. */
export interface Output {
  readonly fd: number
  /** Whether a write may wait, as nothing makes a file fail with EAGAIN: for as long as its file system hangs. */
  readonly mayWait: boolean
}

const stdout = 1
/** Kept, because the descriptor would be closed with it. */
let unblocked: Socket | undefined

/**
 * Standard output, opened so that a write does not wait for a reader: where there is no room, it fails with EAGAIN. A
 * write that waits would hold one of libuv's threads, or the process at its end, until somebody reads.
 */
export function openStandardOutput(isFile = isStandardOutputFile()): Output {
  if (isFile) return { fd: stdout, mayWait: true }
  return { fd: openWithoutWaiting(), mayWait: false }
}

/** May wait for the file system, too. */
export function isStandardOutputFile(): boolean {
  return fstatSync(stdout).isFile()
}

function openWithoutWaiting(): number {
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
/** Writing each line at once would cost the hot path a system call. */
const writeFrom = 4_096
const writeEveryMs = 100
const retryMs = 10
/** What is left at the end of the process may take as long. */
const endMs = 500
/** A file system that takes longer for a write hangs. The process would hang with it when it ends. */
const hungMs = 2_000

/**
 * Lines to a pipe that may be full, or to a file whose file system may hang: they are held up to a limit, and then
 * dropped and counted, so that it costs log lines, and neither memory, nor the event loop, nor the end of the process.
 */
export class LogOutput {
  /** Called when lines can be written again after some were dropped. It may write one. */
  onDropped: (lines: number) => void = () => {}
  readonly #open: () => Output
  readonly #maxHeld: number
  #output: Output | undefined
  #held = ''
  #heldLines = 0
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

  /**
   * @param open called at the first line
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
    this.#output ??= this.#begin()
    if (this.#begun.length + this.#held.length + line.length > this.#maxHeld) {
      this.#drop(1)
      return
    }
    this.#held += line
    this.#heldLines += 1
    if (this.#held.length >= writeFrom && !this.#isFull) this.flushSync()
    this.#setTimer()
  }

  /** Writes what there is room for, or hands it to a thread, without waiting. */
  flushSync(): void {
    if (this.#isWriting) return
    this.#output ??= this.#begin()
    this.#isWriting = true
    if (this.#output.mayWait) this.#writeInThread(this.#output)
    else {
      this.#writeNow(this.#output)
      this.#isWriting = false
    }
  }

  #begin(): Output {
    const output = this.#open()
    process.once('exit', () => this.#end(output))
    return output
  }

  #writeNow({ fd }: Output): void {
    this.#isFull = false
    try {
      while (this.#begun.length > 0 || this.#takeLines()) this.#written(writeSync(fd, this.#begun))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') this.#isFull = true
      else this.#giveUp()
    }
  }

  /** One of libuv's threads waits for the file system. With one write at a time, lines keep their order. */
  #writeInThread(output: Output): void {
    if (this.#begun.length === 0 && !this.#takeLines()) {
      this.#isWriting = false
      return
    }
    this.#timersSince = 0
    write(output.fd, this.#begun, (error, length) => {
      if (error) this.#giveUp()
      else this.#written(length)
      this.#isWriting = false
      if (this.#begun.length > 0 || this.#held.length >= writeFrom) this.flushSync()
      else if (this.#heldLines > 0) this.#setTimer()
    })
  }

  #written(length: number): void {
    this.#begun = this.#begun.subarray(length)
  }

  /** Nobody will ever read it (EPIPE), or there is no room for it (ENOSPC): no reason to fail. */
  #giveUp(): void {
    this.#drop(this.#begunLines + this.#heldLines)
    this.#begun = Buffer.alloc(0)
    this.#held = ''
    this.#heldLines = 0
  }

  /** @returns whether there are any */
  #takeLines(): boolean {
    const untold = this.#untold
    this.#untold = 0
    if (untold > 0) this.onDropped(untold)
    this.#begun = Buffer.from(this.#held)
    this.#begunLines = this.#heldLines
    this.#held = ''
    this.#heldLines = 0
    return this.#begunLines > 0
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

  #end(output: Output): void {
    if (this.#isWriting) {
      this.#endInThread(output)
      return
    }
    const until = performance.now() + endMs
    this.#isWriting = true
    this.#writeNow(output)
    while (this.#isFull && performance.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
      this.#writeNow(output)
    }
  }

  /** Node waits for what its threads have been given before it ends, and nothing but a signal ends that. */
  #endInThread({ fd }: Output): void {
    if (this.#timersSince * writeEveryMs >= hungMs) process.kill(process.pid, 'SIGKILL')
    else if (this.#takeLines()) write(fd, this.#begun, () => {})
  }
}
