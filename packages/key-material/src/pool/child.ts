import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  detectIsolation,
  giveWay,
  type Isolation,
  type Message,
  type Rank,
  WorkerProcess,
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

/** How each job is answered. */
const answers: Readonly<Record<Job['kind'], readonly Answer['kind'][]>> = {
  examine: ['examined', 'needs-expensive-child'],
  'examine-signed': ['signed-examined'],
  'read-trusted-cas': ['trusted-cas-read'],
  'make-request': ['request-made'],
  'make-signing-key': ['signing-key-made'],
  'make-ca': ['ca-made'],
  'sign-request': ['request-signed', 'request-refused'],
  'read-revocation': ['revocation-read'],
}

/** The one job that a child works on. */
interface Work {
  readonly job: Job
  taken: boolean
  readonly end: (outcome: Outcome) => void
}

/** A warm process that examines one file at a time, and is killed if it exceeds a limit. */
export class Child {
  /** Its rank, which is fixed: a lowered priority can't be raised again. */
  readonly rank: Rank
  readonly #options: ChildOptions
  readonly #process: WorkerProcess
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false
  #work: Work | undefined
  #alive = true
  #files = 0

  constructor(options: ChildOptions, rank: Rank = 'first') {
    this.#options = options
    this.rank = rank
    // none of our environment or arguments, so there is nothing to steal; it may read its own code and nothing else
    const { script = worker, isolation } = options
    this.#process = new WorkerProcess(script, {
      flags: [`--max-old-space-size=${heapMegabytes}`, ...workerFlags(script)],
      isolation,
      received: (message) => this.#received(message),
    })
    giveWay(this.#process.pid, rank)
    void this.#process.exited.then(() => this.#gone())
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
    await this.#ready.promise
    if (!this.#alive) return { kind: 'not-started' }
    const outcome = await this.#outcome(job)
    if (ends.has(outcome.kind)) this.#kill()
    return outcome
  }

  async end(): Promise<void> {
    this.#kill()
    await this.#process.exited
  }

  async #outcome(job: Job): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#work = { job, taken: false, end: resolve }
    const { pid = 0 } = this.#process
    const time = watchTime(pid, this.#options, (kind) => resolve({ kind }))
    const memory = watchRss(pid, this.#options.maxRssBytes, () => resolve({ kind: 'memory' }))
    this.#process.send(job)
    try {
      return await promise
    } finally {
      time.stop()
      memory.stop()
      this.#work = undefined
    }
  }

  /** `ready` is due once; then, only while it has a job, `taken` and one answer to that job. */
  #received(message: Message): boolean {
    if (!this.#isReady) {
      this.#isReady = message.kind === 'ready'
      if (this.#isReady) this.#ready.resolve()
      return this.#isReady
    }
    const work = this.#work
    if (work === undefined) return false
    if (message.kind === 'taken' && !work.taken) {
      work.taken = true
      return true
    }
    if (!isAnswer(message, work.job)) return false
    this.#work = undefined
    work.end(message)
    return true
  }

  #gone(): void {
    this.#alive = false
    this.#ready.resolve()
    // It may have been killed while it was idle: only if it saw the file can that be the cause.
    this.#work?.end({ kind: this.#work.taken ? 'crash' : 'not-started' })
  }

  #kill(): void {
    this.#alive = false
    this.#process.end()
  }
}

/** Whether it is of a kind that the job can have; what is in it is the child's word. */
function isAnswer(message: Message, job: Job): message is Exclude<Answer, { kind: 'ready' | 'taken' }> {
  const kinds: readonly string[] = answers[job.kind]
  return kinds.includes(message.kind)
}
