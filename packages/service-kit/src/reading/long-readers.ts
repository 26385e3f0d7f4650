/** How long an address is remembered. */
const rememberedMs = 60_000
/** Beyond this number the oldest is forgotten. */
const mostAddresses = 10_000

/** Addresses from which a connection has recently blocked the event loop for long. */
export class LongReaders {
  readonly #now: () => number
  readonly #until = new Map<string, number>()

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  note(address: string): void {
    // Moves it to the end.
    this.#until.delete(address)
    this.#until.set(address, this.#now() + rememberedMs)
    const [oldest] = this.#until.size > mostAddresses ? this.#until.keys() : []
    if (oldest !== undefined) this.#until.delete(oldest)
  }

  has(address: string): boolean {
    this.#forget()
    return this.#until.has(address)
  }

  #forget(): void {
    const now = this.#now()
    for (const [address, until] of this.#until) {
      if (until > now) return
      this.#until.delete(address)
    }
  }
}
