import { type Bulkhead, shuttingDown } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import type { Rank, Ranks } from '@mtls-gateway/isolated-jobs'
import { Child, type ChildOptions, type Outcome } from './child.ts'
import type { Job } from './messages.ts'

export interface ChildPoolOptions extends ChildOptions {
  /** The pool of children, of which each account gets its share. */
  readonly places: Bulkhead
  /** Shared by the whole service. */
  readonly ranks: Ranks
  /** Children that are started immediately; the others start when they are needed. */
  readonly warm: number
  /**
   * Idle children kept beyond the number of places, as the next job may need the other rank. With two, none is started
   * while two accounts use the pool: each needs at most a first child, and a further one in every place.
   */
  readonly spare: number
  /** A child is replaced after this many files, so that nothing accumulates in it. */
  readonly filesPerChild: number
}

/** An outcome that depends on the file. */
export type Examined = Exclude<Outcome, { kind: 'not-started' | 'starved' }>

/** Children for jobs of one kind. */
export class ChildPool {
  readonly #options: ChildPoolOptions
  /** All running children, so that closing misses none. */
  readonly #children = new Set<Child>()
  readonly #idle: Child[] = []
  readonly #ending = new Set<Promise<void>>()
  #closed = false

  constructor(options: ChildPoolOptions) {
    this.#options = options
    for (let count = 0; count < options.warm; count++) this.#idle.push(this.#start('first'))
  }

  /** @throws CodedError `SHUTTING_DOWN`, `TOO_MANY_BODIES`, `INTERNAL_ERROR` (no child can be started) */
  async run(account: string, job: Job): Promise<Examined> {
    const { places, ranks } = this.#options
    return places.run(account, () => ranks.run(account, (rank) => this.#serve(job, rank)))
  }

  /** Ends the children immediately. Running and waiting jobs reject with `SHUTTING_DOWN`. */
  async close(): Promise<void> {
    this.#closed = true
    this.#options.places.close()
    for (const child of this.#children) this.#retire(child)
    await Promise.all(this.#ending)
  }

  async #serve(job: Job, rank: Rank): Promise<Examined> {
    if (this.#closed) throw shuttingDown() // it closed between the job's turn and this
    let child = this.#take(rank)
    let outcome = await child.run(job)
    if (outcome.kind === 'not-started' && !this.#closed) {
      // it died before it saw the file, so the file is not the cause: tries once more with a new child
      child = this.#usableAgain(child)
      outcome = await child.run(job)
    }
    if (this.#closed) throw shuttingDown()
    this.#idle.push(this.#usableAgain(child))
    if (outcome.kind === 'starved') throw tooBusy()
    if (outcome.kind !== 'not-started') return outcome
    throw new CodedError('INTERNAL_ERROR', 'No process could be started to look at the file.')
  }

  /** An idle child of the other rank can't be used, as ranks are fixed. It is ended if there are too many children. */
  #take(rank: Rank): Child {
    const at = this.#idle.findIndex((child) => child.rank === rank && child.alive)
    const [child] = at < 0 ? [] : this.#idle.splice(at, 1)
    if (child) return child
    const { places, spare } = this.#options
    const tooMany = this.#children.size + 1 - (places.state().total + spare)
    for (const other of this.#idle.splice(0, Math.max(0, tooMany))) this.#retire(other)
    return this.#start(rank)
  }

  #usableAgain(child: Child): Child {
    if (child.alive && child.files < this.#options.filesPerChild) return child
    this.#retire(child)
    return this.#start(child.rank)
  }

  #start(rank: Rank): Child {
    const child = new Child(this.#options, rank)
    this.#children.add(child)
    return child
  }

  #retire(child: Child): void {
    this.#children.delete(child)
    const ending = child.end().then(() => {
      this.#ending.delete(ending)
    })
    this.#ending.add(ending)
  }
}

function tooBusy(): CodedError {
  const sentence = 'The service is too busy to finish this. Send it again in some seconds.'
  return new CodedError('TOO_MANY_BODIES', sentence, { retryAfterSeconds: 15 })
}
