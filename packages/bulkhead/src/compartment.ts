/** What takes part in a {@link RoundRobin} carries its own links: taking part allocates nothing. */
interface Linked<Each extends Linked<Each>> {
  /** Where it waits for its turn. */
  queue: RoundRobin<Each> | undefined
  before: Each | undefined
  after: Each | undefined
}

/**
 * Those who wait, in the order of their turns. A linked list: leaving costs the same from anywhere, with any number.
 */
export class RoundRobin<Each extends Linked<Each>> {
  #first: Each | undefined
  #last: Each | undefined

  get first(): Each | undefined {
    return this.#first
  }

  push(each: Each): void {
    each.queue = this
    each.before = this.#last
    if (this.#last) this.#last.after = each
    else this.#first = each
    this.#last = each
  }

  remove(each: Each): void {
    const { before, after } = each
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    each.queue = undefined
    each.before = undefined
    each.after = undefined
  }
}

/** What an owner has of a pool. */
export interface Permit {
  /** Gives it back. To be called once. */
  release(): void
  /** Gives back all but so many units of it; at least 1 stays. */
  shrinkTo(units: number): void
  /**
   * What it was used for was worth this many units. If the pool lets units cool, they do before the permit's are free.
   */
  charge(units: number): void
}

/**
 * A part of an owner, such as one target of an account, which limits itself within its owner's share. Whoever waits for
 * a part that is full is overtaken by those who wait for others. Each permit for it is one unit.
 */
export interface Part {
  /** How many wait for it: the bulkhead counts them. */
  waiting: number
  /** Whether it may have no more now. False while it has nothing: those who wait are looked at when something ends. */
  isFull(): boolean
  /** It has got a permit. @returns what is released instead, so that the part is told */
  take(permit: Permit): Permit
  /** Why it is full, for whoever is refused. */
  refusal(): Error
}

export interface Waiter {
  readonly units: number
  readonly part: Part | undefined
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: Error) => void
}

/** Takes units that an owner no longer has. */
export interface Returns {
  /** They were used, for something worth `worth` units. */
  release(compartment: Compartment, units: number, worth: number): void
  /** They were not used. */
  giveBack(compartment: Compartment, units: number): void
}

/**
 * One owner's part of a bulkhead: what it has, and who waits for more. It is itself the permit for one unit, to save an
 * object.
 */
export class Compartment implements Permit, Linked<Compartment> {
  readonly owner: string
  readonly #returns: Returns
  held = 0
  /** When the owner's past use stops counting, in milliseconds of `performance.now()` (see `Cooling`). */
  coolsUntil = 0
  /** In the order of arrival. No Set: emptied ones leave chains of old tables behind (see `OpenRequests`). */
  readonly waiting: Waiter[] = []
  /** Where it waits for its turn: nowhere while nobody waits in it, or it has all of its share. */
  queue: RoundRobin<Compartment> | undefined
  before: Compartment | undefined
  after: Compartment | undefined

  constructor(owner: string, returns: Returns) {
    this.owner = owner
    this.#returns = returns
  }

  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0
  }

  /** Who is served first: by arrival, but for those whose part is full. */
  get next(): Waiter | undefined {
    return this.waiting.find(({ part }) => part === undefined || !part.isFull())
  }

  permit(units: number): Permit {
    return units === 1 ? this : new SeveralUnits(this, units, this.#returns)
  }

  shrinkTo(): void {}

  /** One unit is worth one. */
  charge(): void {}

  release(): void {
    this.#returns.release(this, 1, 1)
  }
}

class SeveralUnits implements Permit {
  readonly #compartment: Compartment
  readonly #returns: Returns
  #units: number
  #worth = 0

  constructor(compartment: Compartment, units: number, returns: Returns) {
    this.#compartment = compartment
    this.#units = units
    this.#returns = returns
  }

  release(): void {
    this.#returns.release(this.#compartment, this.#units, Math.max(this.#units, this.#worth))
  }

  charge(units: number): void {
    this.#worth = units
  }

  shrinkTo(units: number): void {
    const less = this.#units - Math.max(units, 1)
    if (less <= 0) return
    this.#units -= less
    this.#returns.giveBack(this.#compartment, less)
  }
}

/**
 * Units due within this time are given back at once and count with what comes next: a timer for few of them is not
 * worth its cost.
 */
const shortestMs = 20

/** The longest delay that a timer takes. */
const longestMs = 2 ** 31 - 1

/**
 * Lets an owner have this many units back per second. For work that takes the service's own time at once, such as
 * parsing: nobody holds it for long, so a share alone bounds nothing.
 */
export class Cooling {
  readonly #unitsPerMs: number
  readonly #giveBack: (compartment: Compartment, units: number) => void
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(unitsPerSecond: number, giveBack: (compartment: Compartment, units: number) => void) {
    this.#unitsPerMs = unitsPerSecond / 1_000
    this.#giveBack = giveBack
  }

  release(compartment: Compartment, units: number, worth: number): void {
    const now = performance.now()
    compartment.coolsUntil = Math.max(now, compartment.coolsUntil) + worth / this.#unitsPerMs
    const waitMs = Math.min(compartment.coolsUntil - now, longestMs)
    if (waitMs < shortestMs) {
      this.#giveBack(compartment, units)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#giveBack(compartment, units)
    }, waitMs).unref()
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
