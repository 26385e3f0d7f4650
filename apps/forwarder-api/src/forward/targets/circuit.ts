import type { TransportCode } from '@mtls-gateway/outbound'

/** The usual first pause between two probes. */
export const firstPauseMs = 1_000

export interface CircuitSettings {
  /** So many failures in a row open it; 0: nothing does. */
  readonly failures: number
  /** Between two probes: the first pause, and each is twice as long as the one before, up to the longest. */
  readonly firstPauseMs: number
  readonly longestPauseMs: number
}

/**
 * The circuit breaker of a target that has failed. While it is open, calls are refused, and after each pause one goes
 * out as a probe. Nobody waits for its outcome: one that hangs does not keep out the next.
 */
export class Circuit {
  readonly #settings: CircuitSettings
  #failures = 0
  #pauseMs = 0
  /** When the next probe may go out, in milliseconds of the clock that callers pass. */
  #retryAt = 0
  #isOpen = false
  #hasProbed = false

  /** What the last call failed with. */
  lastFailure: TransportCode = 'TIMEOUT'

  constructor(settings: CircuitSettings) {
    this.#settings = settings
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** It is open, and no probe has gone out yet: what is answered now was asked before. */
  get isUnprobed(): boolean {
    return this.#isOpen && !this.#hasProbed
  }

  /** Enough failures in a row to open it. */
  get isDue(): boolean {
    return !this.#isOpen && this.#failures >= this.#settings.failures
  }

  fail(code: TransportCode): void {
    this.lastFailure = code
    this.#failures += 1
  }

  open(now: number): void {
    this.#isOpen = true
    this.#pauseMs = Math.min(this.#settings.firstPauseMs, this.#settings.longestPauseMs)
    this.#retryAt = now + this.#pauseMs
  }

  /** Whether the pause is over. */
  mayProbe(now: number): boolean {
    return now >= this.#retryAt
  }

  /** Whether a call may go out as a probe. If so, the next pause begins. */
  takeProbe(now: number): boolean {
    if (!this.mayProbe(now)) return false
    this.#hasProbed = true
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#settings.longestPauseMs)
    this.#retryAt = now + this.#pauseMs
    return true
  }

  /** A probe has told nothing: the next one may go out at once. */
  giveBack(now: number): void {
    if (this.#isOpen) this.#retryAt = now
  }

  /** Until the next probe. */
  leftMs(now: number): number {
    return Math.max(0, this.#retryAt - now)
  }
}
