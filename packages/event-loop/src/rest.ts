/** In milliseconds. Others hardly notice a turn that is shorter, if they have as long afterwards. */
export const shortTurnMs = 2
/** While others are served, whoever takes more than short turns has a tenth of the event loop's time. */
const restPerWork = 9

/** What a handshake takes at most where both sides have usual keys: with RSA of 4,096 bits it is about 3 ms. */
const usualHandshakeMs = 4
/** What an account's connections bring at the same moment takes about as long where many long answers begin at once. */
const usualTurnMs = 16
const longestMs = 60_000
/** Others count as making calls for as long after a call as it takes until few of them notice the longest block. */
const companyPerBlock = 20

/** How long a line rests after turns that were long. */
export interface TurnRest {
  /** @param workMs what was done in one turn of the event loop */
  addTurn(workMs: number): void
  /** @returns how long the line still has to rest, where others last called at this time */
  remainingMs(othersAt: number): number
}

/** When an account may go on while others make calls: milliseconds, by `performance.now()`. */
export class Rest implements TurnRest {
  readonly #now: () => number
  #until = 0
  /** What one of its handshakes is expected to take. */
  #expectedMs = usualHandshakeMs / 2
  #longestBlockMs = usualHandshakeMs

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
    this.#charge(this.#expectedMs * restPerWork)
    return this.#expectedMs
  }

  /**
   * @param workMs what it took of the event loop
   * @param charged as {@link begin} returned
   */
  end(workMs: number, charged: number): void {
    this.#charge((worth(workMs, usualHandshakeMs) - charged) * restPerWork)
    this.#noteBlock(workMs)
    this.#expectedMs = (this.#expectedMs + Math.min(workMs, usualHandshakeMs)) / 2
  }

  /** @param workMs what was done in one turn of the event loop, after which others had theirs */
  addTurn(workMs: number): void {
    if (workMs <= shortTurnMs) {
      // Others have half of the time. If short turns came one after the other, each step of a call would wait for one.
      this.#charge(workMs)
      return
    }
    this.#charge(worth(workMs, usualTurnMs) * restPerWork)
    this.#noteBlock(workMs)
  }

  #noteBlock(blockMs: number): void {
    this.#longestBlockMs = Math.max(usualHandshakeMs, blockMs, this.#longestBlockMs / 2)
  }

  #charge(restMs: number): void {
    const now = this.#now()
    this.#until = Math.min(Math.max(now, this.#until) + restMs, now + longestMs)
  }
}

/**
 * Others wait for the whole of what is done in one go: what is longer than usual is charged by the square of how much,
 * so that fewer of them notice it the longer it is.
 */
function worth(blockMs: number, usual: number): number {
  return blockMs * Math.max(1, (blockMs / usual) ** 2)
}
