import { Bulkhead, type BulkheadLimits, type BulkheadState, type OnWaited } from './bulkhead.ts'
import type { PoolName } from './pools.ts'

/** The bulkheads of one process, each opened once. */
export class Bulkheads {
  readonly #open = new Map<PoolName, Bulkhead>()
  readonly #onWaited: OnWaited | undefined

  constructor(onWaited?: OnWaited) {
    this.#onWaited = onWaited
  }

  /** @throws RangeError as the constructor of {@link Bulkhead}, or where the pool is open: two would divide it twice */
  open(name: PoolName, limits: BulkheadLimits): Bulkhead {
    if (this.#open.has(name)) throw new RangeError(`${name} is open already`)
    const bulkhead = new Bulkhead(name, limits, this.#onWaited)
    this.#open.set(name, bulkhead)
    return bulkhead
  }

  /** How full each is, for metrics. */
  states(): BulkheadState[] {
    return [...this.#open.values()].map((bulkhead) => bulkhead.state())
  }
}
