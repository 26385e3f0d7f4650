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
  /** It has got a permit. @returns told when that is released, once */
  take(): () => void
  /** Why it is full, for whoever is refused. */
  refusal(): Error
}

export interface Waiter {
  readonly units: number
  readonly part: Part | undefined
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: Error) => void
}

/** One owner's part of a bulkhead: what it has, and who waits for more. */
export class Compartment {
  readonly owner: string
  held = 0
  /** When the owner's past use stops counting, in milliseconds of `performance.now()`, where units cool. */
  coolsUntil = 0
  /** In the order of arrival. No Set: emptied ones leave chains of old tables behind (see `OpenRequests`). */
  readonly waiting: Waiter[] = []
  /** Where it waits for its turn: nowhere while nobody waits in it, or it has all of its share. */
  queue: Turns | undefined
  /** Those beside it there. */
  before: Compartment | undefined
  after: Compartment | undefined

  constructor(owner: string) {
    this.owner = owner
  }

  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0
  }

  /** Who is served first: by arrival, but for those whose part is full. */
  get next(): Waiter | undefined {
    return this.waiting.find(({ part }) => part === undefined || !part.isFull())
  }
}

/**
 * Compartments in the order of their turns. Each carries its own links: with 100,000 that wait, a turn costs what it
 * does with one, and so does leaving. The first of a Set is found behind all that were deleted since its last rehash,
 * which takes 10 us with 8,000, and the emptied ones leave old tables behind.
 */
export class Turns {
  #first: Compartment | undefined
  #last: Compartment | undefined

  get first(): Compartment | undefined {
    return this.#first
  }

  add(compartment: Compartment): void {
    compartment.queue = this
    compartment.before = this.#last
    if (this.#last) this.#last.after = compartment
    else this.#first = compartment
    this.#last = compartment
  }

  delete(compartment: Compartment): void {
    const { before, after } = compartment
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    compartment.queue = undefined
    compartment.before = undefined
    compartment.after = undefined
  }
}

/** Takes units that an owner no longer has. What they were used for was worth `worth` units; 0: they were not used. */
type TakeBack = (compartment: Compartment, units: number, worth: number) => void

export class OwnerPermit implements Permit {
  readonly #compartment: Compartment
  readonly #takeBack: TakeBack
  readonly #onReleased: (() => void) | undefined
  #units: number
  #worth = 0

  constructor(compartment: Compartment, units: number, takeBack: TakeBack, onReleased: (() => void) | undefined) {
    this.#compartment = compartment
    this.#units = units
    this.#takeBack = takeBack
    this.#onReleased = onReleased
  }

  /** A second call, which is a mistake, takes nothing from the other permits of its owner. */
  release(): void {
    const units = this.#units
    if (units === 0) return
    this.#units = 0
    this.#onReleased?.()
    this.#takeBack(this.#compartment, units, Math.max(units, this.#worth))
  }

  charge(units: number): void {
    this.#worth = units
  }

  shrinkTo(units: number): void {
    const less = this.#units - Math.max(units, 1)
    if (less <= 0) return
    this.#units -= less
    this.#takeBack(this.#compartment, less, 0)
  }
}
