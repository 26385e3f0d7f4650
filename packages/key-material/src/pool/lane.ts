import { CodedError, shuttingDown } from '@mtls-gateway/domain'
import { Child, type ChildOptions, type Outcome } from './child.ts'
import type { Job } from './messages.ts'

export interface LaneOptions extends ChildOptions {
  readonly children: number
  /** Files that may wait; one more is turned away. */
  readonly maxWaiting: number
  /** A child is replaced after so many, so that nothing piles up in it. */
  readonly filesPerChild: number
}

/** An outcome of somebody having looked at the file. */
export type Examined = Exclude<Outcome, { kind: 'not-started' }>

interface Waiting {
  readonly job: Job
  readonly resolve: (outcome: Examined) => void
  readonly reject: (error: CodedError) => void
}

/** Children that take files in the order in which they came. */
export class Lane {
  readonly #options: LaneOptions
  readonly #idle: Child[] = []
  readonly #busy = new Set<Child>()
  readonly #waiting: Waiting[] = []
  readonly #ending = new Set<Promise<void>>()
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
    for (let count = 0; count < options.children; count++) this.#idle.push(new Child(options))
  }

  /** @throws CodedError `SHUTTING_DOWN`, `TOO_MANY_BODIES`, `INTERNAL_ERROR` (no child can be started) */
  run(job: Job): Promise<Examined> {
    if (this.#closed) return Promise.reject(shuttingDown())
    if (this.#idle.length === 0 && this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(tooMany(Math.ceil(this.#options.deadlineMs / 1_000)))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
  }

  /** Ends the children at once; what they were at is answered with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(shuttingDown())
    for (const child of [...this.#idle.splice(0), ...this.#busy]) this.#retire(child)
    await Promise.all(this.#ending)
  }

  #next(): void {
    const child = this.#idle.shift()
    if (!child) return
    const waiting = this.#waiting.shift()
    if (waiting) this.#serve(child.alive ? child : new Child(this.#options), waiting)
    else this.#idle.unshift(child)
  }

  async #serve(first: Child, { job, resolve, reject }: Waiting): Promise<void> {
    let child = first
    let outcome = await this.#run(child, job)
    if (outcome.kind === 'not-started' && !this.#closed) {
      // it died before it saw the file, so the file is not to blame: once more with a new one
      child = this.#usableAgain(child)
      outcome = await this.#run(child, job)
    }
    if (this.#closed) return reject(shuttingDown())
    this.#idle.push(this.#usableAgain(child))
    if (outcome.kind !== 'not-started') resolve(outcome)
    else reject(new CodedError('INTERNAL_ERROR', 'No process could be started to look at the file.'))
    this.#next()
  }

  async #run(child: Child, job: Job): Promise<Outcome> {
    this.#busy.add(child)
    try {
      return await child.run(job)
    } finally {
      this.#busy.delete(child)
    }
  }

  #usableAgain(child: Child): Child {
    if (child.alive && child.files < this.#options.filesPerChild) return child
    this.#retire(child)
    return new Child(this.#options)
  }

  #retire(child: Child): void {
    const ending = child.end().then(() => {
      this.#ending.delete(ending)
    })
    this.#ending.add(ending)
  }
}

function tooMany(retryAfterSeconds: number): CodedError {
  const message = 'Too many key files are being examined. Send this one again in some seconds.'
  return new CodedError('TOO_MANY_BODIES', message, { retryAfterSeconds })
}
