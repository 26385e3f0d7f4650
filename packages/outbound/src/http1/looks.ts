/** To be looked at now and then. */
export interface LookedAt {
  look(): void
}

const betweenMs = 100
/** One look takes no longer: a four-hundredth of the time. */
const mostMs = 0.25
/** But where something keeps the event loop busy, which may be what is looked for, this part of how late a look is. */
const latePart = 1 / 10
/** Between two looks at the clock; each takes half a microsecond at most. */
const atOnce = 50

/**
 * Looks at all connections by one timer, at some of them at a time: what they would have to tell of, Node tells nobody.
 */
export class Looks {
  readonly #all = new Set<LookedAt>()
  /** The rest of the round. */
  #round: Iterator<LookedAt> = this.#all.values()
  #timer: NodeJS.Timeout | undefined
  /** When the next look is due. */
  #dueAt = 0

  add(each: LookedAt): void {
    this.#all.add(each)
    if (this.#timer === undefined) this.#comeBack()
  }

  delete(each: LookedAt): void {
    this.#all.delete(each)
    if (this.#all.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #look = (): void => {
    const began = performance.now()
    this.#timer = undefined
    if (this.#all.size === 0) return
    const limitMs = Math.max(mostMs, (began - this.#dueAt) * latePart)
    while (this.#lookAtSome() && performance.now() - began < limitMs);
    this.#comeBack()
  }

  #comeBack(): void {
    this.#dueAt = performance.now() + betweenMs
    this.#timer = setTimeout(this.#look, betweenMs).unref()
  }

  /** @returns whether the round goes on */
  #lookAtSome(): boolean {
    for (let looked = 0; looked < atOnce; looked++) {
      const { done, value } = this.#round.next()
      if (done) {
        this.#round = this.#all.values()
        return false
      }
      value.look()
    }
    return true
  }
}
