/** What is put off to the end of a turn of the event loop. */
export interface PutOff {
  onTurnEnd(): void
}

/**
 * Lets what many calls write in one turn of the event loop go out together at its end. A write to a peer that sleeps
 * wakes it up, which costs more than the write; a peer that is written to while it is at work is awake anyway.
 */
export class EndOfTurn {
  #waiting: PutOff[] = []

  add(each: PutOff): void {
    if (this.#waiting.push(each) === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
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
