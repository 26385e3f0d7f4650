import type { CodedError } from '@mtls-gateway/domain'
import { isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { Compartment, OwnerPermit, type Part, type Permit, Turns, type Waiter } from './compartment.ts'
import { type PoolName, poolExhausted, shuttingDown } from './pools.ts'

/** How much there is of something, and how it is divided among those who want it. */
interface Division {
  /** What all owners together have at most. */
  readonly total: number
  /** What one owner has at most. */
  readonly share: number
  /** The last part of the total, kept for owners that have nothing yet: a newcomer is served at once. */
  readonly reserve: number
}

/**
 * With a share above this, one owner alone would leave no reserve to the others.
 * @throws RangeError
 */
function checkDivision(name: string, { total, share, reserve }: Division): void {
  if (reserve < 0 || share < 1 || share > total - reserve) {
    throw new RangeError(
      `${name}: a share of ${share} does not fit in a total of ${total} less a reserve of ${reserve}`,
    )
  }
}

/** Whether an owner that has `held` may have `units` more while all owners together have `heldByAll`. */
function fits({ total, share, reserve }: Division, units: number, held: number, heldByAll: number): boolean {
  if (held + units > share) return false
  return heldByAll + units <= (held === 0 ? total : total - reserve)
}

export interface BulkheadLimits extends Division {
  /** Who finds nothing left waits, within these limits; without them nobody waits. */
  readonly waiting?: (Division & { readonly limitMs: number }) | undefined
  /**
   * Units that an owner has used still count, and cool at this many per second: for work that takes the service's own
   * time at once, such as parsing. Nobody holds it for long, so a share alone bounds nothing. Undefined: they are free
   * at once.
   */
  readonly cooledPerSecond?: number | undefined
}

/** A response, a socket: whoever waits for it no longer wants a permit once it is closed. */
export interface Closable {
  /** It has been closed, and tells of it no more. */
  readonly destroyed?: boolean
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

export interface BulkheadState {
  readonly name: PoolName
  readonly total: number
  readonly inUse: number
  readonly waiting: number
  /** Since the start. */
  readonly refused: number
}

/** Told how long somebody has waited, in milliseconds, with or without success. */
type OnWaited = (pool: PoolName, ms: number) => void

/**
 * Units due within this time are given back at once and count with what comes next: a timer for few of them is not
 * worth its cost.
 */
const shortestCoolingMs = 20
/** The longest that a timer takes. */
const longestCoolingMs = 2 ** 31 - 1
/** Some 150 bytes each. */
const keptCompartments = 10_000

/**
 * Divides something that all tenants share, so that none takes from another more than its share (decision 60). Owners
 * that have nothing come first, also into the reserve; the others take turns, one permit a turn. Whoever has its whole
 * share waits for itself alone.
 */
export class Bulkhead {
  readonly name: PoolName
  readonly #limits: BulkheadLimits
  readonly #onWaited: OnWaited | undefined
  /**
   * One per owner that has something, and up to 10,000 more: most are back soon, and keeping a compartment costs less
   * than making one.
   */
  readonly #compartments = new Map<string, Compartment>()
  /** Those in which somebody waits who may have more. */
  readonly #newcomers = new Turns()
  readonly #others = new Turns()
  #inUse = 0
  #waiting = 0
  #refused = 0
  #closed = false

  /** @throws RangeError unless the share leaves the reserve to others */
  constructor(name: PoolName, limits: BulkheadLimits, onWaited?: OnWaited) {
    checkDivision(name, limits)
    if (limits.waiting) checkDivision(`${name}, waiting`, limits.waiting)
    this.name = name
    this.#limits = limits
    this.#onWaited = onWaited
  }

  /**
   * A permit at once, or as soon as it is the owner's turn.
   * @param part of the owner, which gets one unit
   * @throws CodedError the pool's code, with `retryAfterSeconds`, where nobody may wait; `SHUTTING_DOWN`; what the part
   *   says. Rejects with it when the time to wait is over, or `until` has closed.
   */
  acquire(owner: string, units = 1, until?: Closable, part?: Part): MaybePromise<Permit> {
    const compartment = this.#compartmentOf(owner)
    return this.#takeAtOnce(compartment, units, part) ?? this.#wait(compartment, units, until, part)
  }

  /** @throws CodedError as {@link acquire}, but that nobody waits */
  acquireNow(owner: string, units = 1): Permit {
    const compartment = this.#compartmentOf(owner)
    const permit = this.#takeAtOnce(compartment, units)
    if (permit) return permit
    throw this.#closed ? shuttingDown() : this.#refuse(compartment, units, undefined)
  }

  /** Refuses all who wait for a part of an owner. */
  refuseWaiting(owner: string, part: Part, errorOf: () => Error): void {
    const waiting = this.#compartments.get(owner)?.waiting ?? []
    for (const waiter of [...waiting]) if (waiter.part === part && waiting.includes(waiter)) waiter.refuse(errorOf())
  }

  /**
   * A permit, if there is one now: for whoever is not told why there is none.
   * @param most what this owner may have, if that is less than the share of others
   */
  tryAcquire(owner: string, units = 1, most = Number.POSITIVE_INFINITY): Permit | undefined {
    const compartment = this.#compartmentOf(owner)
    const permit = compartment.held + units > most ? undefined : this.#takeAtOnce(compartment, units)
    if (permit) return permit
    this.#refused += 1
    this.#dropIdle(compartment)
    return undefined
  }

  /**
   * Does a task with a permit; it begins at once where there is one.
   * @throws CodedError as {@link acquire}, and what the task throws
   */
  async run<Result>(owner: string, task: () => Promise<Result>, units = 1, until?: Closable): Promise<Result> {
    const acquired = this.acquire(owner, units, until)
    const permit = isPromise(acquired) ? await acquired : acquired
    try {
      return await task()
    } finally {
      permit.release()
    }
  }

  /** What an owner is told that has waited for too long elsewhere. Counts as refused. */
  refusal(): CodedError {
    this.#refused += 1
    return poolExhausted(this.name, true)
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Who comes first of those that wait for what others give back; undefined: all that wait have their whole share. */
  get nextOwner(): string | undefined {
    return (this.#newcomers.first ?? this.#others.first)?.owner
  }

  heldBy(owner: string): number {
    return this.#compartments.get(owner)?.held ?? 0
  }

  waitingOf(owner: string): number {
    return this.#compartments.get(owner)?.waiting.length ?? 0
  }

  state(): BulkheadState {
    const { name } = this
    return { name, total: this.#limits.total, inUse: this.#inUse, waiting: this.#waiting, refused: this.#refused }
  }

  /** Whoever waits fails with `SHUTTING_DOWN`, and nobody gets a permit any more. */
  close(): void {
    this.#closed = true
    for (const { waiting } of this.#compartments.values()) for (const { refuse } of [...waiting]) refuse(shuttingDown())
  }

  /** Nobody overtakes those who wait for the same. */
  #takeAtOnce(compartment: Compartment, units: number, part?: Part): Permit | undefined {
    const isBehind = part ? part.waiting > 0 || part.isFull() : compartment.next !== undefined
    if (isBehind || this.#queueOf(compartment).first !== undefined || this.#closed) return undefined
    return fits(this.#limits, units, compartment.held, this.#inUse) ? this.#take(compartment, units, part) : undefined
  }

  #take(compartment: Compartment, units: number, part: Part | undefined): Permit {
    compartment.held += units
    this.#inUse += units
    return new OwnerPermit(compartment, units, this.#takeBack, part?.take())
  }

  #wait(compartment: Compartment, units: number, until: Closable | undefined, part: Part | undefined): Promise<Permit> {
    if (this.#closed) throw shuttingDown()
    const { waiting } = this.#limits
    if (!waiting || units > this.#limits.share || until?.destroyed || !this.#mayWait(waiting, compartment, part)) {
      throw this.#refuse(compartment, units, part)
    }
    const since = performance.now()
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#onWaited?.(this.name, performance.now() - since)
        clearTimeout(timer)
        until?.off('close', giveUp)
        compartment.waiting.splice(compartment.waiting.indexOf(waiter), 1)
        this.#waiting -= 1
        if (part) part.waiting -= 1
      }
      const waiter: Waiter = {
        units,
        part,
        grant: (permit) => {
          leave()
          resolve(permit)
        },
        refuse: (error) => {
          leave()
          this.#settle(compartment)
          this.#grantTurns()
          reject(error)
        },
      }
      const giveUp = () => waiter.refuse(this.#refuse(compartment, units, part))
      const timer = setTimeout(giveUp, waiting.limitMs)
      until?.once('close', giveUp)
      compartment.waiting.push(waiter)
      this.#waiting += 1
      if (part) part.waiting += 1
      this.#settle(compartment)
    })
  }

  /** As many may wait for a part as may still wait for its owner, so that one part never takes the whole queue. */
  #mayWait(waiting: Division, { waiting: { length } }: Compartment, part: Part | undefined): boolean {
    if (part && part.waiting >= waiting.share - length) return false
    return fits(waiting, 1, length, this.#waiting)
  }

  readonly #takeBack = (compartment: Compartment, units: number, worth: number): void => {
    const coolingMs = this.#coolingMs(compartment, worth)
    if (coolingMs < shortestCoolingMs) this.#free(compartment, units)
    else setTimeout(() => this.#free(compartment, units), coolingMs).unref()
  }

  #coolingMs(compartment: Compartment, worth: number): number {
    const { cooledPerSecond } = this.#limits
    if (cooledPerSecond === undefined || worth === 0) return 0
    const now = performance.now()
    compartment.coolsUntil = Math.max(now, compartment.coolsUntil) + (worth * 1_000) / cooledPerSecond
    return Math.min(compartment.coolsUntil - now, longestCoolingMs)
  }

  #free(compartment: Compartment, units: number): void {
    compartment.held -= units
    this.#inUse -= units
    if (this.#waiting > 0) {
      this.#settle(compartment)
      this.#grantTurns()
    }
    this.#dropIdle(compartment)
  }

  #grantTurns(): void {
    if (this.#closed) return
    while (this.#grantFirst(this.#newcomers) || this.#grantFirst(this.#others));
  }

  /** Strictly by turns: were a later one served that asks for less, whoever asks for much would never be. */
  #grantFirst(queue: Turns): boolean {
    const compartment = queue.first
    if (!compartment) return false
    const waiter = compartment.next
    if (waiter && !fits(this.#limits, waiter.units, compartment.held, this.#inUse)) return false
    queue.delete(compartment)
    // Nobody, if their parts are full since they were queued. What these have will be given back.
    waiter?.grant(this.#take(compartment, waiter.units, waiter.part))
    this.#settle(compartment)
    return true
  }

  /** Queues a compartment, unless nobody waits in it or it can have no more. */
  #settle(compartment: Compartment): void {
    const waiter = compartment.next
    const waits = waiter !== undefined && compartment.held + waiter.units <= this.#limits.share
    const queue = waits ? this.#queueOf(compartment) : undefined
    if (compartment.queue === queue) return
    compartment.queue?.delete(compartment)
    queue?.add(compartment)
  }

  #queueOf(compartment: Compartment): Turns {
    return compartment.held === 0 ? this.#newcomers : this.#others
  }

  #refuse(compartment: Compartment, units: number, part: Part | undefined): Error {
    this.#refused += 1
    const hasShare = compartment.held + units > this.#limits.share
    this.#dropIdle(compartment)
    return part && !hasShare && part.isFull() ? part.refusal() : poolExhausted(this.name, hasShare)
  }

  #compartmentOf(owner: string): Compartment {
    const known = this.#compartments.get(owner)
    if (known) return known
    const compartment = new Compartment(owner)
    this.#compartments.set(owner, compartment)
    return compartment
  }

  #dropIdle(compartment: Compartment): void {
    if (compartment.isIdle && this.#compartments.size > keptCompartments) this.#compartments.delete(compartment.owner)
  }
}

/** The bulkheads of one process, each opened once. */
export class Bulkheads {
  readonly #open = new Map<PoolName, Bulkhead>()
  readonly #onWaited: OnWaited | undefined

  constructor(onWaited?: OnWaited) {
    this.#onWaited = onWaited
  }

  /** @throws RangeError as the constructor of {@link Bulkhead}, or where the pool is open: two would divide it twice */
  open(name: PoolName, limits: BulkheadLimits): Bulkhead {
    if (this.#open.has(name)) throw new RangeError(`${name} is open already`)
    const bulkhead = new Bulkhead(name, limits, this.#onWaited)
    this.#open.set(name, bulkhead)
    return bulkhead
  }

  /** How full each is, for metrics. */
  states(): BulkheadState[] {
    return [...this.#open.values()].map((bulkhead) => bulkhead.state())
  }
}
