import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  detectIsolation,
  giveWay,
  type Isolation,
  isolated,
  noIsolation,
  type Rank,
  workerFlags,
} from '@mtls-gateway/isolated-jobs'
import { watchRss } from './memory-watch.ts'
import type { Answer, Job } from './messages.ts'
import { type Overtime, type TimeLimits, watchTime } from './time-watch.ts'

/** How a job ended: by the child's answer, or by what became of the child. `not-started`: it never saw the file. */
export type Outcome =
  | Exclude<Answer, { kind: 'ready' | 'taken' }>
  | { readonly kind: Overtime | 'memory' | 'crash' | 'not-started' }

export interface ChildOptions extends TimeLimits {
  /** Resident memory while it works, in bytes. */
  readonly maxRssBytes: number
  /** From the network and from other processes, neither of which it needs to read a file. Default none. */
  readonly isolation?: Isolation
  /** What it runs; the worker of this package unless given. */
  readonly script?: string
}

// Sources run as they are in tests, the build as .js. Bundles of apps have it beside them, too.
const worker = fileURLToPath(new URL(`./key-material-worker${extname(import.meta.url)}`, import.meta.url))
/** The strongest isolation that this platform offers for children. */
export function childIsolation(): Promise<Isolation> {
  return detectIsolation(worker)
}

/** For JavaScript objects; Buffers are not among them, so the resident memory has a limit, too. */
const heapMegabytes = 128

/** After these nobody uses the child any more; a message is known to be lost before the process is seen to end. */
const ends: ReadonlySet<Outcome['kind']> = new Set(['deadline', 'starved', 'memory', 'crash', 'not-started'])

/** A warm process that examines one file at a time; breaking a limit is the end of it. */
export class Child {
  /** Whose jobs it does: a priority that was lowered is not raised again. */
  readonly rank: Rank
  readonly #options: ChildOptions
  readonly #process: ChildProcess
  readonly #ready: Promise<unknown>
  readonly #exited: Promise<unknown>
  #alive = true
  #files = 0

  constructor(options: ChildOptions, rank: Rank = 'first') {
    this.#options = options
    this.rank = rank
    // no environment or arguments of ours: nothing in it is worth stealing; it may read its own code and nothing else
    const { script = worker, isolation = noIsolation } = options
    this.#process = fork(script, {
      env: {},
      ...isolated(isolation, [`--max-old-space-size=${heapMegabytes}`, ...workerFlags(script)]),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#process.on('error', () => this.#kill())
    giveWay(this.#process.pid, rank)
    // "once" rejects on an error: a process that could not be started never exits
    this.#exited = once(this.#process, 'exit').catch(() => undefined)
    this.#ready = Promise.race([once(this.#process, 'message'), this.#exited]).catch(() => undefined)
    this.#process.once('exit', () => {
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
    if (!this.#alive) return { kind: 'not-started' }
    const outcome = await this.#work(job)
    if (ends.has(outcome.kind)) this.#kill()
    return outcome
  }

  async end(): Promise<void> {
    this.#kill()
    await this.#exited
  }

  async #work(job: Job): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    let taken = false
    const answered = (answer: Answer) => {
      if (answer.kind === 'taken') taken = true
      else if (answer.kind !== 'ready') resolve(answer)
    }
    // somebody may have killed it while it was idle: the file is to blame only if it was looked at
    const crashed = () => resolve({ kind: taken ? 'crash' : 'not-started' })
    this.#process.on('message', answered)
    this.#process.once('exit', crashed)
    const { pid = 0 } = this.#process
    const time = watchTime(pid, this.#options, (kind) => resolve({ kind }))
    const memory = watchRss(pid, this.#options.maxRssBytes, () => resolve({ kind: 'memory' }))
    this.#process.send(job, (error) => error && resolve({ kind: 'not-started' }))
    try {
      return await promise
    } finally {
      time.stop()
      memory.stop()
      this.#process.off('message', answered)
      this.#process.off('exit', crashed)
    }
  }

  #kill(): void {
    this.#alive = false
    this.#process.kill('SIGKILL')
  }
}
