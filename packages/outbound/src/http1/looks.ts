/** To be looked at now and then. */
export interface LookedAt {
  look(): void
}

const betweenMs = 100
/** For how many times as long as a look takes there is no other: it is a hundredth of the time at most. */
const restFactor = 100

/** Looks at all connections by one timer: what they would have to tell of, Node tells nobody. */
export class Looks {
  readonly #all = new Set<LookedAt>()
  #timer: NodeJS.Timeout | undefined

  add(each: LookedAt): void {
    this.#all.add(each)
    this.#timer ??= setTimeout(this.#look, betweenMs).unref()
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
    for (const each of this.#all) each.look()
    if (this.#all.size === 0) return
    this.#timer = setTimeout(this.#look, Math.max(betweenMs, (performance.now() - began) * restFactor)).unref()
  }
}
