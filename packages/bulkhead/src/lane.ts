import type { Turns } from './turns.ts'

/** What an owner has of a pool. */
export interface Permit {
  /** Gives it back. To be called once. */
  release(): void
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
    return units === 1 ? this : { release: () => this.#onRelease(this, units) }
  }

  release(): void {
    this.#onRelease(this, 1)
  }
}
