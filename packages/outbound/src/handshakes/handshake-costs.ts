/** A handshake whose cost is being told. */
export interface Costing {
  /** What it has taken of the event loop so far, in milliseconds. */
  costMs: number
}

/** Between two looks at the clock while a handshake is under way, for time that nothing tells of. */
const lookMs = 2

/**
 * Tells what each handshake takes of the event loop. OpenSSL does its part before any code of ours is called: so the
 * time since the last thing that is known to have happened is the handshake's, if that tells of progress now, or if it
 * was at work when it was last heard of. What is told too much is what nobody told of, since the last look at most.
 */
export class HandshakeCosts {
  #at = 0
  /** Whose work may be going on since. */
  #atWork: Costing | undefined
  #underWay = 0
  #looks: NodeJS.Timeout | undefined

  /** Something else has its turn: to be told of what happens often. Costs a tenth of a microsecond. */
  pass(): void {
    this.#charge(this.#atWork)
    this.#atWork = undefined
  }

  begin(handshake: Costing): void {
    if (this.#underWay === 0) this.#looks = setInterval(() => this.pass(), lookMs).unref()
    this.#underWay += 1
    this.pass()
    this.#atWork = handshake
  }

  /** It has got on, and may get on further in the same turn. */
  progress(handshake: Costing): void {
    this.#charge(handshake)
    this.#atWork = handshake
  }

  end(handshake: Costing): void {
    this.progress(handshake)
    this.#atWork = undefined
    this.#underWay -= 1
    if (this.#underWay === 0) clearInterval(this.#looks)
  }

  #charge(handshake: Costing | undefined): void {
    const now = loopTime()
    if (handshake !== undefined) handshake.costMs += now - this.#at
    this.#at = now
  }
}

/** How long the event loop has been at work since it began, in milliseconds: time in which it waited does not count. */
function loopTime(): number {
  return performance.now() - performance.nodeTiming.idleTime
}
