import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'

/** What many do in one turn of the event loop, each of them quickly, but together for as long as this at most. */
export class TurnBudget implements Batched {
  readonly #turnBatch: TurnBatch
  readonly #mostMs: number
  #ms = 0

  constructor(turnBatch: TurnBatch, mostMs: number) {
    this.#turnBatch = turnBatch
    this.#mostMs = mostMs
  }

  get isSpent(): boolean {
    return this.#ms >= this.#mostMs
  }

  spend(ms: number): void {
    if (this.#ms === 0) this.#turnBatch.add(this)
    this.#ms += ms
  }

  onTurnEnd(): void {
    this.#ms = 0
  }
}
