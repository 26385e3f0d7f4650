/** Work that waits for the end of a turn of the event loop. */
export interface Batched {
  onTurnEnd(): void
}

/**
 * Work that is done together at the end of a turn of the event loop, such as what many calls write in it. A write to a
 * peer that sleeps wakes it up, which costs more than the write; a peer that is written to while it is at work is awake
 * anyway.
 */
export class TurnBatch {
  #waiting: Batched[] = []
  #isComing = false
  #turn = 0
  /** The last turn that is to be told from those after it. */
  #countedTurn = 0

  /** The number of this turn, of those that somebody counts. */
  get turn(): number {
    return this.#turn
  }

  add(each: Batched): void {
    this.#waiting.push(each)
    this.#come()
  }

  /**
   * Counts on until so many turns are over, this one among them.
   * @returns the number of this turn
   */
  count(turns = 1): number {
    this.#countedTurn = Math.max(this.#countedTurn, this.#turn + turns - 1)
    this.#come()
    return this.#turn
  }

  #come(): void {
    if (this.#isComing) return
    this.#isComing = true
    setImmediate(this.#run)
  }

  readonly #run = (): void => {
    this.#isComing = false
    this.#turn += 1
    if (this.#turn <= this.#countedTurn) this.#come()
    const waiting = this.#waiting
    this.#waiting = []
    let done = 0
    try {
      for (const each of waiting) {
        done += 1
        each.onTurnEnd()
      }
    } finally {
      // Whatever one of them throws, the others are not left behind.
      for (const each of waiting.slice(done)) this.add(each)
    }
  }
}
