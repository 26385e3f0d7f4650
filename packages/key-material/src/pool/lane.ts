import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { CodedError, shuttingDown } from '@mtls-gateway/domain'
import { type Rank, Ranks } from '@mtls-gateway/isolated-jobs'
import { Child, type ChildOptions, type Outcome } from './child.ts'
import type { Job } from './messages.ts'

export interface LaneOptions extends ChildOptions {
  /** As many children as there are places, and each account its share of them. */
  readonly places: Bulkhead
  /** Children that are started at once; the others when they are needed for the first time. */
  readonly warm: number
  /** A child is replaced after so many, so that nothing piles up in it. */
  readonly filesPerChild: number
}

/** An outcome of somebody having looked at the file. */
export type Examined = Exclude<Outcome, { kind: 'not-started' }>

/** Children for jobs of one kind. */
export class Lane {
  readonly #options: LaneOptions
  readonly #ranks = new Ranks()
  /** All that run, whatever they do: closing misses none. */
  readonly #children = new Set<Child>()
  readonly #idle: Child[] = []
  readonly #ending = new Set<Promise<void>>()
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
    for (let count = 0; count < options.warm; count++) this.#idle.push(this.#start('first'))
  }

  /** @throws CodedError `SHUTTING_DOWN`, `TOO_MANY_BODIES`, `INTERNAL_ERROR` (no child can be started) */
  async run(account: string, job: Job): Promise<Examined> {
    return this.#options.places.run(account, () => this.#ranks.run(account, (rank) => this.#serve(job, rank)))
  }

  /** Ends the children at once; what they were at, and what waits, is answered with `SHUTTING_DOWN`. */
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
      // it died before it saw the file, so the file is not to blame: once more with a new one
      child = this.#usableAgain(child)
      outcome = await child.run(job)
    }
    if (this.#closed) throw shuttingDown()
    this.#idle.push(this.#usableAgain(child))
    if (outcome.kind !== 'not-started') return outcome
    throw new CodedError('INTERNAL_ERROR', 'No process could be started to look at the file.')
  }

  /**
   * Starting a child takes longer than most files. So that it is hardly ever done, one more than there are places is
   * kept: two accounts may need a first child each, and either of them a further one. Above that, idle ones are ended.
   */
  #take(rank: Rank): Child {
    const at = this.#idle.findIndex((child) => child.rank === rank && child.alive)
    const [child] = at < 0 ? [] : this.#idle.splice(at, 1)
    if (child) return child
    const kept = this.#options.places.state().total + 1
    const tooMany = this.#children.size + 1 - kept
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
