/** While others make calls, an account's handshakes have a tenth of the event loop's time. */
const restPerWork = 9
/** What a handshake takes at most where both sides have usual keys: with RSA of 4,096 bits it is about 3 ms. */
const usualMs = 4
const longestMs = 60_000
/** Others count as making calls for as long after a call as it takes until few of them notice the longest block. */
const companyPerBlock = 20

/** When an account may begin its next handshake while others make calls: milliseconds, by `performance.now()`. */
export class AccountRest {
  readonly #now: () => number
  #until = 0
  /** What one of its handshakes is expected to take. */
  #expectedMs = usualMs / 2
  /** What its handshakes have taken in one go, while others waited. */
  #blockMs = 0
  #blockEnd = 0
  #blockIdle = 0
  #longestBlockMs = usualMs

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** How long it still has to rest, where others make calls. */
  get chargedMs(): number {
    return Math.max(this.#until - this.#now(), 0)
  }

  /** @returns how long it still has to rest, where others last called at this time */
  remainingMs(othersAt: number): number {
    const isAlone = this.#now() - othersAt > this.#longestBlockMs * companyPerBlock
    return isAlone ? 0 : this.chargedMs
  }

  /** A handshake begins. @returns what the account was charged for it, to be handed to {@link end} */
  begin(): number {
    this.#charge(this.#expectedMs)
    return this.#expectedMs
  }

  /**
   * @param workMs what it took of the event loop
   * @param charged as {@link begin} returned
   */
  end(workMs: number, charged: number, othersAt: number): void {
    if (!this.#isSameBlock(othersAt)) this.#blockMs = 0
    const before = worth(this.#blockMs)
    this.#blockMs += workMs
    this.#charge(worth(this.#blockMs) - before - charged)
    this.#blockEnd = this.#now()
    this.#longestBlockMs = Math.max(usualMs, this.#blockMs, this.#longestBlockMs / 2)
    this.#expectedMs = (this.#expectedMs + Math.min(workMs, usualMs)) / 2
  }

  /** Neither has anybody called since, nor has the event loop waited, which it does when it has served everyone. */
  #isSameBlock(othersAt: number): boolean {
    const { idleTime } = performance.nodeTiming
    const hasWaited = idleTime !== this.#blockIdle
    this.#blockIdle = idleTime
    return !hasWaited && othersAt < this.#blockEnd
  }

  #charge(chargeMs: number): void {
    const now = this.#now()
    this.#until = Math.min(Math.max(now, this.#until) + chargeMs * restPerWork, now + longestMs)
  }
}

/**
 * Others wait for the whole of what is done in one go: what is longer than usual is charged by the square of how much,
 * so that fewer of them notice it the longer it is.
 */
function worth(blockMs: number): number {
  return blockMs * Math.max(1, (blockMs / usualMs) ** 2)
}
