import { setTimeout } from 'node:timers/promises'

/** Calls that are begun at a steady pace, whatever becomes of those before. */
export class Traffic {
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #pending = new Set<Promise<unknown>>()

  every(ms: number, call: () => Promise<unknown>, forMs?: number): void {
    const timer = setInterval(() => this.once(call), ms)
    this.#timers.add(timer)
    if (forMs !== undefined) void setTimeout(forMs).then(() => clearInterval(timer))
  }

  once(call: () => Promise<unknown>): void {
    const made = call().catch(() => {})
    this.#pending.add(made)
    void made.then(() => this.#pending.delete(made))
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#pending)
  }
}
