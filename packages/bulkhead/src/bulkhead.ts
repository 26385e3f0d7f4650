import { type CodedError, isPromise, type MaybePromise, shuttingDown } from '@mtls-gateway/domain'
import { Cooling } from './cooling.ts'
import { checkDivision, type Division, fits } from './division.ts'
import { Lane, type Permit, type Returns, type Waiting } from './lane.ts'
import type { PoolName } from './pools.ts'
import { poolExhausted } from './refusal.ts'
import { Turns } from './turns.ts'

export interface BulkheadLimits extends Division {
  /** Who finds nothing left waits, within these limits; without them nobody waits. */
  readonly waiting?: (Division & { readonly limitMs: number }) | undefined
  /** Units that an owner has used still count, and cool at this many per second. Undefined: they are free at once. */
  readonly cooledPerSecond?: number | undefined
}

/** A response, a socket: whoever waits for it no longer wants a permit once it is closed. */
export interface Closable {
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

/** Some 150 bytes each. */
const keptLanes = 10_000

/**
 * Divides something that all tenants share, so that none takes from another more than its share (decision 14). Owners
 * that have nothing come first, also into the reserve; the others take turns, one permit a turn. Whoever has its whole
 * share waits for itself alone.
 */
export class Bulkhead {
  readonly name: PoolName
  readonly #limits: BulkheadLimits
  readonly #cooling: Cooling | undefined
  readonly #returns: Returns
  /**
   * One per owner that has something, and some more: most are back soon, and keeping a lane costs less than making one.
   */
  readonly #lanes = new Map<string, Lane>()
  readonly #newcomers = new Turns()
  readonly #others = new Turns()
  #inUse = 0
  #waiting = 0
  #refused = 0
  #closed = false

  /** @throws RangeError unless the share leaves the reserve to others */
  constructor(name: PoolName, limits: BulkheadLimits) {
    checkDivision(name, limits)
    if (limits.waiting) checkDivision(`${name}, waiting`, limits.waiting)
    this.name = name
    this.#limits = limits
    const giveBack = this.#giveBack
    this.#cooling = limits.cooledPerSecond === undefined ? undefined : new Cooling(limits.cooledPerSecond, giveBack)
    this.#returns = {
      giveBack,
      release: this.#cooling ? (...used) => this.#cooling?.release(...used) : giveBack,
    }
  }

  /**
   * A permit at once, or as soon as it is the owner's turn.
   * @throws CodedError the pool's code, with `retryAfterSeconds`, where nobody may wait; `SHUTTING_DOWN`. Rejects with
   *   it when the time to wait is over, or `until` has closed.
   */
  acquire(owner: string, units = 1, until?: Closable): MaybePromise<Permit> {
    const lane = this.#laneOf(owner)
    return this.#takeAtOnce(lane, units) ?? this.#wait(lane, units, until)
  }

  /** A permit, if there is one now: for whoever is not told why there is none. */
  tryAcquire(owner: string, units = 1): Permit | undefined {
    const lane = this.#laneOf(owner)
    const permit = this.#takeAtOnce(lane, units)
    if (permit) return permit
    this.#refused += 1
    this.#dropIdle(lane)
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

  /** What an owner is told that had a permit and was then kept waiting for too long. Counts as refused. */
  refusal(): CodedError {
    this.#refused += 1
    return poolExhausted(this.name, true)
  }

  /** Whether an owner has all that one may have: only what it gives back itself makes room for more. */
  hasWholeShare(owner: string): boolean {
    return (this.#lanes.get(owner)?.held ?? 0) >= this.#limits.share
  }

  state(): BulkheadState {
    const { name } = this
    return { name, total: this.#limits.total, inUse: this.#inUse, waiting: this.#waiting, refused: this.#refused }
  }

  /** Whoever waits fails with `SHUTTING_DOWN`, and nobody gets a permit any more. */
  close(): void {
    this.#closed = true
    this.#cooling?.close()
    for (const { waiting } of this.#lanes.values()) for (const { refuse } of [...waiting]) refuse(shuttingDown())
  }

  /** Nobody overtakes those who wait for the same. */
  #takeAtOnce(lane: Lane, units: number): Permit | undefined {
    if (lane.waiting.length > 0 || this.#turnsOf(lane).first || this.#closed) return undefined
    return fits(this.#limits, units, lane.held, this.#inUse) ? this.#take(lane, units) : undefined
  }

  #take(lane: Lane, units: number): Permit {
    lane.held += units
    this.#inUse += units
    return lane.permit(units)
  }

  #wait(lane: Lane, units: number, until: Closable | undefined): Promise<Permit> {
    const { waiting, share } = this.#limits
    if (this.#closed) throw shuttingDown()
    if (!waiting || units > share || !fits(waiting, 1, lane.waiting.length, this.#waiting))
      throw this.#refuse(lane, units)
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        until?.off('close', giveUp)
        lane.waiting.splice(lane.waiting.indexOf(place), 1)
        this.#waiting -= 1
      }
      const place: Waiting = {
        units,
        grant: (permit) => {
          leave()
          resolve(permit)
        },
        refuse: (error) => {
          leave()
          this.#settle(lane)
          this.#grantTurns()
          reject(error)
        },
      }
      const giveUp = () => place.refuse(this.#refuse(lane, units))
      const timer = setTimeout(giveUp, waiting.limitMs)
      until?.once('close', giveUp)
      lane.waiting.push(place)
      this.#waiting += 1
      this.#settle(lane)
    })
  }

  readonly #giveBack = (lane: Lane, units: number): void => {
    lane.held -= units
    this.#inUse -= units
    if (this.#waiting > 0) {
      this.#settle(lane)
      this.#grantTurns()
    }
    this.#dropIdle(lane)
  }

  #grantTurns(): void {
    if (this.#closed) return
    while (this.#grantFirst(this.#newcomers) || this.#grantFirst(this.#others));
  }

  /** Strictly by turns: were a later one served that asks for less, whoever asks for much would never be. */
  #grantFirst(turns: Turns): boolean {
    const lane = turns.first
    const place = lane?.waiting[0]
    if (!lane || !place || !fits(this.#limits, place.units, lane.held, this.#inUse)) return false
    const permit = this.#take(lane, place.units)
    turns.remove(lane)
    place.grant(permit)
    this.#settle(lane)
    return true
  }

  /** Puts a lane where it belongs: among those whose turn comes, unless it has nobody waiting or can have no more. */
  #settle(lane: Lane): void {
    const place = lane.waiting[0]
    const waits = place !== undefined && lane.held + place.units <= this.#limits.share
    const turns = waits ? this.#turnsOf(lane) : undefined
    if (lane.turns === turns) return
    lane.turns?.remove(lane)
    turns?.push(lane)
  }

  #turnsOf(lane: Lane): Turns {
    return lane.held === 0 ? this.#newcomers : this.#others
  }

  #refuse(lane: Lane, units: number): Error {
    this.#refused += 1
    const error = poolExhausted(this.name, lane.held + units > this.#limits.share)
    this.#dropIdle(lane)
    return error
  }

  #laneOf(owner: string): Lane {
    const known = this.#lanes.get(owner)
    if (known) return known
    const lane = new Lane(owner, this.#returns)
    this.#lanes.set(owner, lane)
    return lane
  }

  #dropIdle(lane: Lane): void {
    if (lane.isIdle && this.#lanes.size > keptLanes) this.#lanes.delete(lane.owner)
  }
}
