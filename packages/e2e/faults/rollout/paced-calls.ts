import { setTimeout } from 'node:timers/promises'

/** What became of a call: a status, with the code of a problem, or the error of the connection. */
export type CallEnd = string

/** Calls that begin at a fixed rate, however long the ones before take, until they are stopped. */
export class PacedCalls {
  readonly #ends = new Map<CallEnd, number>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #began: Promise<void>
  #stopped = false

  constructor(perSecond: number, call: () => Promise<CallEnd>) {
    this.#began = this.#begin(perSecond, call)
  }

  get count(): number {
    return [...this.#ends.values()].reduce((sum, count) => sum + count, 0)
  }

  /** How often each end came, such as `{ '200': 1400, ECONNRESET: 3 }`. */
  async stop(): Promise<Readonly<Record<CallEnd, number>>> {
    this.#stopped = true
    await this.#began
    await Promise.all(this.#underWay)
    return Object.fromEntries(this.#ends)
  }

  async #begin(perSecond: number, call: () => Promise<CallEnd>): Promise<void> {
    const began = performance.now()
    for (let number = 1; !this.#stopped; number++) {
      const underWay = call().then(
        (end) => this.#note(end),
        (error: NodeJS.ErrnoException) => this.#note(error.code ?? error.message),
      )
      this.#underWay.add(underWay)
      void underWay.finally(() => this.#underWay.delete(underWay))
      await setTimeout(Math.max(0, began + (number * 1_000) / perSecond - performance.now()))
    }
  }

  #note(end: CallEnd): void {
    this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1)
  }
}

/** All calls but those that ended well (2xx). */
export function failedOf(ends: Readonly<Record<CallEnd, number>>): number {
  return Object.entries(ends).reduce((sum, [end, count]) => sum + (/^2\d\d$/.test(end) ? 0 : count), 0)
}
