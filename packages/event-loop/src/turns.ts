/** Work that waits for its turn. */
export interface Job {
  /** What it is expected to take of the event loop, in milliseconds. */
  readonly expectedMs: number
  onTurn(): void
}

interface Owner {
  readonly name: string
  readonly jobs: Set<Job>
  /** Until then it has no turn, in milliseconds of `performance.now()`. */
  restsUntil: number
  wake: NodeJS.Timeout | undefined
}

/** What all jobs of one turn of the event loop may take together; one is done in any case. */
const msOfTurn = 1
/** Each job counts for as much at least: it is a bound on their number, too. */
const leastMs = 0.1
const longestRestMs = 5_000

/**
 * Shares the event loop among owners: each of its turns does jobs for a millisecond, taking owners in rotation. As long
 * as all jobs take less together, nobody waits.
 */
export class Turns {
  /** Those that have jobs, or rest. */
  readonly #owners = new Map<string, Owner>()
  /** Those that have jobs and do not rest, in the order of their turns. */
  readonly #waiting = new Set<Owner>()
  #leftMs = msOfTurn
  #isComing = false

  /** Does it at once, if there is time for it in this turn of the event loop, or else when it is its owner's turn. */
  add(name: string, job: Job): void {
    const owner = this.#owners.get(name)
    if (owner === undefined && this.#waiting.size === 0 && this.#leftMs > 0) this.#do(job)
    else {
      const waiting = owner ?? this.#open(name)
      waiting.jobs.add(job)
      this.#settle(waiting)
    }
  }

  /** Takes so much of this turn of the event loop for something that is done now. @returns false: it has to wait */
  take(name: string, ms: number): boolean {
    if (this.#leftMs <= 0 || this.#waiting.size > 0 || this.#owners.has(name)) return false
    this.#leftMs -= ms
    this.#come()
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
    const owner = { name, jobs: new Set<Job>(), restsUntil: 0, wake: undefined }
    this.#owners.set(name, owner)
    return owner
  }

  /** Where an owner belongs: among those that wait, that rest, or nowhere. */
  #settle(owner: Owner): void {
    const restMs = owner.restsUntil - performance.now()
    if (restMs > 0) {
      this.#waiting.delete(owner)
      owner.wake ??= setTimeout(() => {
        owner.wake = undefined
        this.#settle(owner)
      }, restMs).unref()
    } else if (owner.jobs.size > 0) {
      this.#waiting.add(owner)
      this.#come()
    } else {
      this.#waiting.delete(owner)
      if (this.#owners.get(owner.name) === owner) this.#owners.delete(owner.name)
    }
  }

  #come(): void {
    if (this.#isComing) return
    this.#isComing = true
    setImmediate(this.#run)
  }

  #do(job: Job): void {
    this.#leftMs -= Math.max(job.expectedMs, leastMs)
    this.#come()
    job.onTurn()
  }

  readonly #run = (): void => {
    this.#isComing = false
    this.#leftMs = msOfTurn
    for (const owner of this.#waiting) {
      const [job] = owner.jobs
      const isFirst = this.#leftMs === msOfTurn
      if (job === undefined || (!isFirst && job.expectedMs > this.#leftMs)) break
      // Behind the others, where it has another one: a set that is being gone through comes to what is added to it.
      this.#waiting.delete(owner)
      owner.jobs.delete(job)
      this.#settle(owner)
      this.#do(job)
      if (this.#leftMs <= 0) break
    }
    if (this.#waiting.size > 0) this.#come()
  }
}
