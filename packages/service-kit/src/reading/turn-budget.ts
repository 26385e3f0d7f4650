import type { Batched, TurnBatch } from '@mtls-gateway/event-loop'

/** Limits what many short pieces of work take together in one turn of the event loop. */
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
