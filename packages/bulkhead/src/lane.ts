import type { Turns } from './turns.ts'

/** What an owner has of a pool. */
export interface Permit {
  /** Gives it back. To be called once. */
  release(): void
  /** Gives back all but so many units of it; at least 1 stays. */
  shrinkTo(units: number): void
}

export interface Waiting {
  readonly units: number
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: Error) => void
}

/** One owner's part of a bulkhead: what it has, and who waits for more. It is the permit for one unit, so that one costs no object. */
export class Lane implements Permit {
  readonly owner: string
  readonly #onRelease: (lane: Lane, units: number) => void
  held = 0
  /** In the order of arrival. No Set: emptied ones leave chains of old tables behind (see `OpenRequests`). */
  readonly waiting: Waiting[] = []
  /** The turns in which the lane is: none while it has nobody waiting, or all of its share. */
  turns: Turns | undefined
  before: Lane | undefined
  after: Lane | undefined

  constructor(owner: string, onRelease: (lane: Lane, units: number) => void) {
    this.owner = owner
    this.#onRelease = onRelease
  }

  get isIdle(): boolean {
    return this.held === 0 && this.waiting.length === 0
  }

  permit(units: number): Permit {
    return units === 1 ? this : new SeveralUnits(this, units, this.#onRelease)
  }

  shrinkTo(): void {}

  release(): void {
    this.#onRelease(this, 1)
  }
}

class SeveralUnits implements Permit {
  readonly #lane: Lane
  readonly #onRelease: (lane: Lane, units: number) => void
  #units: number

  constructor(lane: Lane, units: number, onRelease: (lane: Lane, units: number) => void) {
    this.#lane = lane
    this.#units = units
    this.#onRelease = onRelease
  }

  release(): void {
    this.#onRelease(this.#lane, this.#units)
  }

  shrinkTo(units: number): void {
    const less = this.#units - Math.max(units, 1)
    if (less <= 0) return
    this.#units -= less
    this.#onRelease(this.#lane, less)
  }
}
