/** Checked now and then. */
export interface Checked {
  check(): void
}

const betweenMs = 100
/** The limit for one batch of checks: a four-hundredth of the time. */
const mostMs = 0.25
/** A late batch may take this part of its delay instead: what keeps the event loop busy may be what is checked for. */
const latePart = 1 / 10
/** How many checks are made before the clock is read again; each takes half a microsecond at most. */
const atOnce = 50

/** Checks all connections in turn, some at a time, with one timer: for what Node has no event. */
export class PeriodicChecks {
  readonly #all = new Set<Checked>()
  /** The rest of the round. */
  #round: Iterator<Checked> = this.#all.values()
  #timer: NodeJS.Timeout | undefined
  readonly #now: () => number
  /** When the next batch is due. */
  #dueAt = 0

  /** @param now milliseconds that only go forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(each: Checked): void {
    this.#all.add(each)
    if (this.#timer === undefined) this.#comeBack()
  }

  delete(each: Checked): void {
    this.#all.delete(each)
    if (this.#all.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #checkBatch = (): void => {
    const began = this.#now()
    this.#timer = undefined
    if (this.#all.size === 0) return
    const limitMs = Math.max(mostMs, (began - this.#dueAt) * latePart)
    while (this.#checkSome() && this.#now() - began < limitMs);
    this.#comeBack()
  }

  #comeBack(): void {
    this.#dueAt = this.#now() + betweenMs
    this.#timer = setTimeout(this.#checkBatch, betweenMs).unref()
  }

  /** @returns whether the round goes on */
  #checkSome(): boolean {
    for (let checked = 0; checked < atOnce; checked++) {
      const { done, value } = this.#round.next()
      if (done) {
        this.#round = this.#all.values()
        return false
      }
      value.check()
    }
    return true
  }
}
