import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { afterEach } from '@jest/globals'
import { Bulkhead, type BulkheadLimits, type Closable, type Part } from '../src/index.ts'

/** Room for two calls of an owner, two more that wait, and more owners than a test has. */
const limits: BulkheadLimits = {
  total: 100,
  share: 2,
  reserve: 10,
  waiting: { total: 100, share: 2, reserve: 10, limitMs: 60_000 },
}

const opened: Bulkhead[] = []

/** Closed when the test is over, so that no timer of those who still wait keeps the process. */
export function bulkhead(changed: Partial<BulkheadLimits> = {}): Bulkhead {
  const pool = new Bulkhead('forward-calls', { ...limits, ...changed })
  opened.push(pool)
  return pool
}

afterEach(() => {
  for (const pool of opened.splice(0)) pool.close()
})

/** A permit for somebody who may wait for it for ever. */
export function ask(pool: Bulkhead, owner: string, part?: Part): void {
  Promise.resolve(pool.acquire(owner, 1, undefined, part)).catch(() => {})
}

/** A part that may have so many units. */
export class Limited implements Part {
  most: number
  waiting = 0
  held = 0

  constructor(most: number) {
    this.most = most
  }

  isFull(): boolean {
    return this.held >= this.most
  }

  take(): () => void {
    this.held += 1
    return () => {
      this.held -= 1
    }
  }

  refusal(): Error {
    return new Error('The part is full.')
  }
}

/** A response of which only the closing matters. */
export function response(): Closable & EventEmitter {
  return new EventEmitter()
}

/** Calls that end when they are told to; `begun` has them in the order in which they got their permit. */
export class Calls {
  readonly begun: string[] = []
  readonly #ends = new Map<string, () => void>()
  readonly #ended = new Map<string, Promise<void>>()

  start(pool: Bulkhead, owner: string, name: string, units = 1): Promise<void> {
    const call = () => {
      this.begun.push(name)
      return new Promise<void>((resolve) => this.#ends.set(name, resolve))
    }
    const ended = pool.run(owner, call, units)
    this.#ended.set(name, ended)
    // Calls that a test leaves behind are nobody's to wait for.
    ended.catch(() => {})
    return ended
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.()
    await this.#ended.get(name)
    await setImmediate()
  }
}
