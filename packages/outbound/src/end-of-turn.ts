/** What is put off to the end of a turn of the event loop. */
export interface PutOff {
  onTurnEnd(): void
}

/**
 * Lets what many calls write in one turn of the event loop go out together at its end. A write to a peer that sleeps wakes it up,
 * which costs more than the write; a peer that is written to while it is at work is awake anyway.
 */
export class EndOfTurn {
  #waiting: PutOff[] = []

  add(each: PutOff): void {
    if (this.#waiting.push(each) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    const waiting = this.#waiting
    this.#waiting = []
    for (const each of waiting) each.onTurnEnd()
  }
}
