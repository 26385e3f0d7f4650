/** Work that waits for its turn. */
export interface Job {
  /** What it is expected to take of the event loop, in milliseconds. If it takes more right away, that counts. */
  readonly expectedMs: number
  onTurn(): void
}

interface Owner {
  readonly name: string
  readonly jobs: Set<Job>
  /** Where it waits for its turn; undefined: it has no jobs, or rests. */
  line: Set<Owner> | undefined
  /** Until then it has no turn, in milliseconds of `performance.now()`. */
  restsUntil: number
  wake: NodeJS.Timeout | undefined
}

/** Each job counts for as much at least: it is a bound on their number, too. */
const leastMs = 0.02
const longestRestMs = 5_000

/**
 * Shares the event loop among owners: each of its turns does jobs for a millisecond or so, one of an owner at a time.
 * Owners that have just lined up, and those that have had a turn since they did, are served alternately, both in
 * rotation. Behind owners with many jobs each, a single job waits for two or so; behind n with one or two each, for up
 * to 2n. Nobody waits for ever, and as long as all jobs take less together, nobody at all.
 */
export class Turns {
  /** Those that have jobs, or rest. */
  readonly #owners = new Map<string, Owner>()
  /** Those that have jobs and do not rest, in the order of their turns: here, those that have just lined up. */
  readonly #newcomers = new Set<Owner>()
  readonly #others = new Set<Owner>()
  #isTurnOfNewcomers = true
  readonly #msOfTurn: number
  #leftMs: number
  #isComing = false

  /** @param msOfTurn what all jobs of one turn of the event loop may take together; one is done in any case */
  constructor(msOfTurn = 1) {
    this.#msOfTurn = msOfTurn
    this.#leftMs = msOfTurn
  }

  /**
   * Does it at once, if there is time for it in this turn of the event loop, or else when it is its owner's turn.
   * @returns whether it waits
   */
  add(name: string, job: Job): boolean {
    const owner = this.#owners.get(name)
    if (owner === undefined && !this.#isWaitedFor() && this.#leftMs > 0) {
      this.#do(job)
      return false
    }
    const waiting = owner ?? this.#open(name)
    waiting.jobs.add(job)
    this.#settle(waiting)
    return true
  }

  /** The owner has jobs that wait. */
  isWaitedForBy(name: string): boolean {
    return (this.#owners.get(name)?.jobs.size ?? 0) > 0
  }

  /** It needs no turn any more. */
  leave(name: string, job: Job): void {
    const owner = this.#owners.get(name)
    if (owner?.jobs.delete(job) && owner.jobs.size === 0) this.#settle(owner)
  }

  /** The owner has no turn for so many milliseconds, behind what it has to rest already; 5 seconds at most. */
  rest(name: string, ms: number): void {
    const owner = this.#owners.get(name) ?? this.#open(name)
    const now = performance.now()
    owner.restsUntil = Math.min(Math.max(now, owner.restsUntil) + ms, now + longestRestMs)
    this.#settle(owner)
  }

  #open(name: string): Owner {
    const owner = { name, jobs: new Set<Job>(), line: undefined, restsUntil: 0, wake: undefined }
    this.#owners.set(name, owner)
    return owner
  }

  /** Where an owner belongs: among those that wait, that rest, or nowhere. */
  #settle(owner: Owner): void {
    const restMs = owner.restsUntil - performance.now()
    if (restMs > 0) {
      lineUp(owner, undefined)
      owner.wake ??= setTimeout(() => {
        owner.wake = undefined
        this.#settle(owner)
      }, restMs).unref()
    } else if (owner.jobs.size > 0) {
      if (owner.line === undefined) lineUp(owner, this.#newcomers)
      this.#come()
    } else {
      lineUp(owner, undefined)
      if (this.#owners.get(owner.name) === owner) this.#owners.delete(owner.name)
    }
  }

  #isWaitedFor(): boolean {
    return this.#newcomers.size > 0 || this.#others.size > 0
  }

  #next(): Owner | undefined {
    const [first, second] = this.#isTurnOfNewcomers ? [this.#newcomers, this.#others] : [this.#others, this.#newcomers]
    const [owner] = first.size > 0 ? first : second
    return owner
  }

  #come(): void {
    if (this.#isComing) return
    this.#isComing = true
    setImmediate(this.#run)
  }

  #do(job: Job): void {
    this.#come()
    const expectedMs = Math.max(job.expectedMs, leastMs)
    this.#leftMs -= expectedMs
    const began = performance.now()
    job.onTurn()
    this.#leftMs -= Math.max(0, performance.now() - began - expectedMs)
  }

  readonly #run = (): void => {
    this.#isComing = false
    this.#leftMs = this.#msOfTurn
    for (let owner = this.#next(); owner !== undefined; owner = this.#next()) {
      const [job] = owner.jobs
      const isFirst = this.#leftMs === this.#msOfTurn
      if (job === undefined || (!isFirst && job.expectedMs > this.#leftMs)) break
      this.#isTurnOfNewcomers = owner.line !== this.#newcomers
      lineUp(owner, this.#others)
      owner.jobs.delete(job)
      this.#settle(owner)
      this.#do(job)
      if (this.#leftMs <= 0) break
    }
    if (this.#isWaitedFor()) this.#come()
  }
}

/** At its end. */
function lineUp(owner: Owner, line: Set<Owner> | undefined): void {
  owner.line?.delete(owner)
  line?.add(owner)
  owner.line = line
}
