import type { EndOfTurn, PutOff } from '@mtls-gateway/event-loop'

/** What many do in one turn of the event loop, each of them quickly, but together for as long as this at most. */
export class TurnBudget implements PutOff {
  readonly #endOfTurn: EndOfTurn
  readonly #mostMs: number
  #ms = 0

  constructor(endOfTurn: EndOfTurn, mostMs: number) {
    this.#endOfTurn = endOfTurn
    this.#mostMs = mostMs
  }

  get isSpent(): boolean {
    return this.#ms >= this.#mostMs
  }

  spend(ms: number): void {
    if (this.#ms === 0) this.#endOfTurn.add(this)
    this.#ms += ms
  }

  onTurnEnd(): void {
    this.#ms = 0
  }
}
