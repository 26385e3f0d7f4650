import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watchRss } from './memory-watch.ts'
import type { Answer, Job } from './messages.ts'

/** How a job ended: by the child's answer, or by what became of the child. */
export type Outcome = Exclude<Answer, { kind: 'ready' }> | { readonly kind: 'deadline' | 'memory' | 'crash' }

export interface ChildLimits {
  /** For one file, from when the child is ready for it. */
  readonly deadlineMs: number
  /** Resident memory while it works, in bytes. */
  readonly maxRssBytes: number
}

// the sources run as they are in tests, the build as .js
const worker = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
/** For JavaScript objects; Buffers are not among them, so the resident memory has a limit, too. */
const heapMegabytes = 128

/** A warm process that examines one file at a time; breaking a limit is the end of it. */
export class Child {
  readonly #limits: ChildLimits
  readonly #process: ChildProcess
  readonly #ready: Promise<unknown>
  readonly #exited: Promise<unknown>
  #alive = true
  #files = 0

  constructor(limits: ChildLimits) {
    this.#limits = limits
    // no environment and no arguments of ours: nothing in it is worth stealing, and it needs nothing
    this.#process = fork(worker, {
      env: {},
      execArgv: [`--max-old-space-size=${heapMegabytes}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#process.on('error', () => this.#kill())
    // "once" rejects on an error: a process that could not be started never exits
    this.#exited = once(this.#process, 'exit').catch(() => undefined)
    this.#ready = Promise.race([once(this.#process, 'message'), this.#exited]).catch(() => undefined)
    this.#exited.then(() => {
      this.#alive = false
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  /** How many files it has taken. */
  get files(): number {
    return this.#files
  }

  /** Never rejects. Not to be called while it works on another file. */
  async run(job: Job): Promise<Outcome> {
    this.#files += 1
    await this.#ready
    if (!this.#alive) return { kind: 'crash' }
    const outcome = await this.#work(job)
    if (outcome.kind === 'deadline' || outcome.kind === 'memory') this.#kill()
    return outcome
  }

  async end(): Promise<void> {
    this.#kill()
    await this.#exited
  }

  async #work(job: Job): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const answered = (answer: Answer) => answer.kind !== 'ready' && resolve(answer)
    this.#process.once('message', answered)
    this.#exited.then(() => resolve({ kind: 'crash' }))
    const deadline = setTimeout(() => resolve({ kind: 'deadline' }), this.#limits.deadlineMs)
    const memory = watchRss(this.#process.pid ?? 0, this.#limits.maxRssBytes, () => resolve({ kind: 'memory' }))
    this.#process.send(job, (error) => error && resolve({ kind: 'crash' }))
    try {
      return await promise
    } finally {
      clearTimeout(deadline)
      memory.stop()
      this.#process.off('message', answered)
    }
  }

  #kill(): void {
    this.#alive = false
    this.#process.kill('SIGKILL')
  }
}
