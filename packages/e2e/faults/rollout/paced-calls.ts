import { setTimeout } from 'node:timers/promises'

/** What became of a call: a status, with the code of a problem, or the error of the connection. */
export type CallEnd = string

/** On a machine that can't keep up the rate is lower: no more calls than this are under way, or are made up for. */
const mostUnderWay = 32
const mostLateMs = 250

/** Calls that begin at a fixed rate, however long the ones before take, until they are stopped. */
export class PacedCalls implements AsyncDisposable {
  readonly #ends = new Map<CallEnd, number>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #began: Promise<void>
  #stopped = false

  constructor(perSecond: number, call: () => CallEnd | Promise<CallEnd>) {
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #begin(perSecond: number, call: () => CallEnd | Promise<CallEnd>): Promise<void> {
    for (let next = performance.now(); !this.#stopped; ) {
      if (this.#underWay.size < mostUnderWay) {
        const underWay = this.#make(call)
        this.#underWay.add(underWay)
        void underWay.finally(() => this.#underWay.delete(underWay))
      }
      next = Math.max(next + 1_000 / perSecond, performance.now() - mostLateMs)
      await setTimeout(Math.max(0, next - performance.now()))
    }
  }

  async #make(call: () => CallEnd | Promise<CallEnd>): Promise<void> {
    try {
      this.#note(await call())
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      this.#note(code ?? message)
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
