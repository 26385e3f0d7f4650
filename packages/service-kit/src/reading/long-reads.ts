import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'

/** A connection that Node's parser reads by itself. */
export interface Suspect {
  /** It is not read for the rest of this turn. */
  hold(): void
  goOn(): void
  /** From now on it is read in slices. */
  slice(): void
}

/** A second long read within this time is no coincidence. */
const frequentMs = 1_000
/** In one turn; some microseconds each. */
const slicedAtOnce = 64

/**
 * Reads that blocked the event loop for long, from any address. Many connections can each bring the first such read of
 * their address in the same turn, so after one of them no other connection is read until the turn is over. If it
 * happens again within a second, all connections are read in slices from then on, and new ones from their start.
 */
export class LongReads implements Batched {
  readonly #turnBatch: TurnBatch
  readonly #now: () => number
  readonly #suspects = new Set<Suspect>()
  readonly #held = new Set<Suspect>()
  #lastAt = Number.NEGATIVE_INFINITY
  #isRepeated = false
  #isBatched = false

  /** @param now milliseconds on a clock that never goes back */
  constructor(turnBatch: TurnBatch, now: () => number = () => performance.now()) {
    this.#turnBatch = turnBatch
    this.#now = now
  }

  /** There has just been one. */
  get isRecent(): boolean {
    return this.#now() - this.#lastAt < frequentMs
  }

  enter(suspect: Suspect): void {
    this.#suspects.add(suspect)
  }

  /** The connection is closed, or read in slices. */
  leave(suspect: Suspect): void {
    this.#suspects.delete(suspect)
    if (this.#held.delete(suspect)) suspect.goOn()
  }

  /** The connection itself can't be held: it is in the middle of its read. */
  note(long: Suspect): void {
    this.#isRepeated = this.isRecent
    this.#lastAt = this.#now()
    for (const suspect of this.#suspects) {
      if (suspect === long || this.#held.has(suspect)) continue
      this.#held.add(suspect)
      suspect.hold()
    }
    this.#putOff()
  }

  onTurnEnd(): void {
    this.#isBatched = false
    let count = 0
    for (const suspect of this.#held) {
      if (this.#isRepeated) {
        suspect.slice()
        count += 1
      }
      this.#held.delete(suspect)
      suspect.goOn()
      if (count >= slicedAtOnce) break
    }
    if (this.#held.size > 0) this.#putOff()
  }

  #putOff(): void {
    if (this.#isBatched) return
    this.#isBatched = true
    this.#turnBatch.add(this)
  }
}
