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

/** How a job ended: by the child's answer, or by its end. `not-started`: it never saw the file. */
export type Outcome =
  | Exclude<Answer, { kind: 'ready' | 'taken' }>
  | { readonly kind: Overtime | 'memory' | 'crash' | 'not-started' }

export interface ChildOptions extends TimeLimits {
  /** Resident memory while it works, in bytes. */
  readonly maxRssBytes: number
  /** Isolation from the network and other processes, which it does not need. Default none. */
  readonly isolation?: Isolation
  /** The script to run; by default the worker of this package. */
  readonly script?: string
}

// Tests run the sources, the build runs .js. Bundles of apps have the script in the same folder, too.
const worker = fileURLToPath(new URL(`./key-material-worker${extname(import.meta.url)}`, import.meta.url))
/** The strongest isolation that this platform offers for children. */
export function childIsolation(): Promise<Isolation> {
  return detectIsolation(worker)
}

/** For JavaScript objects. Buffers do not count, so the resident memory has a limit, too. */
const heapMegabytes = 128

/** Outcomes after which the child is not used any more. A lost message is noticed before the end of the process. */
const ends: ReadonlySet<Outcome['kind']> = new Set(['deadline', 'starved', 'memory', 'crash', 'not-started'])

/** A warm process that examines one file at a time, and is killed if it exceeds a limit. */
export class Child {
  /** Its rank, which is fixed: a lowered priority can't be raised again. */
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
    // none of our environment or arguments, so there is nothing to steal; it may read its own code and nothing else
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

  /** How many files it has examined. */
  get files(): number {
    return this.#files
  }

  /** Never rejects. Don't call it while it works on another file. */
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
    // it may have been killed while it was idle: only if it saw the file can that be the cause
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
