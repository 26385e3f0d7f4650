import type { TurnRest } from './rest.ts'
import { restPerWork, shortTurnMs } from './turn-length.ts'

/** Whoever waits in line for an honest reason waits for it with all others: more than few of them would notice. */
const longestMs = 30
/** Others count as making calls for as long after a call. */
const companyMs = 200

/**
 * How long a line rests whose members are strangers to each other: only in proportion to what they took, and never for
 * long. Charging one party for what another did would let it stop the line for all.
 */
export class ShortRest implements TurnRest {
  readonly #now: () => number
  #until = 0

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  remainingMs(othersAt: number): number {
    const now = this.#now()
    return now - othersAt > companyMs ? 0 : Math.max(this.#until - now, 0)
  }

  addTurn(workMs: number): void {
    if (workMs <= shortTurnMs) return
    const now = this.#now()
    this.#until = Math.min(Math.max(now, this.#until) + workMs * restPerWork, now + longestMs)
  }
}
