import type { Clock, GarbageReport } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'

export interface DailyGarbageCollectionOptions {
  readonly collect: (signal: AbortSignal) => Promise<GarbageReport>
  /** True for one of all instances, and then for none of them until a day has passed. */
  readonly tryLease: () => Promise<boolean>
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** At least 0, below 1: instances that start together ask at different times. */
  readonly random?: () => number
}

const hourMs = 3_600_000

/** Has one of all instances collect garbage once a day: each asks for the lease every half to whole hour. */
export class DailyGarbageCollection {
  readonly #options: DailyGarbageCollectionOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  /** Begins at once. */
  constructor(options: DailyGarbageCollectionOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Resolves when the account that is being looked at is done. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, random = Math.random } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      await clock.sleep(hourMs * (0.5 + random() / 2), signal)
      if (signal.aborted) return
      await this.#collect(signal)
    }
  }

  /** Never rejects: an outage of today is no reason to collect nothing from tomorrow on. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { tryLease, collect, log } = this.#options
    try {
      if (!(await tryLease())) return
      const { accounts, kinds, problems } = await collect(signal)
      log.info({ accounts, kinds }, 'garbage collection: purged what no account names')
      for (const problem of problems) log.warn(problem, 'garbage collection: an account keeps all it has')
    } catch (error) {
      log.warn({ err: error }, 'garbage collection failed; it is tried again')
    }
  }
}
