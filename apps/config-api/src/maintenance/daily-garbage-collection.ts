import type { Lease } from '@mtls-gateway/coordination'
import type { Clock, GarbageReport } from '@mtls-gateway/registry'
import type { Log } from '@mtls-gateway/service-kit'
import { RepeatedTask } from './repeated-task.ts'

export interface DailyGarbageCollectionOptions {
  readonly collect: (signal: AbortSignal) => Promise<GarbageReport>
  /** Lasts a day, and only one instance gets it; undefined if another one has it. */
  readonly acquireLease: () => Promise<Pick<Lease, 'release'> | undefined>
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** At least 0, below 1: instances that start together ask at different times. */
  readonly random?: () => number
}

const hourMs = 3_600_000

/** Lets one instance collect garbage once a day: each asks for the lease every half to whole hour. */
export class DailyGarbageCollection {
  readonly #options: DailyGarbageCollectionOptions
  readonly #task: RepeatedTask

  /** Starts immediately. */
  constructor(options: DailyGarbageCollectionOptions) {
    this.#options = options
    const { clock, random } = options
    this.#task = new RepeatedTask({ everyMs: hourMs, run: (signal) => this.#collect(signal), clock, random })
  }

  /** Resolves when the current account is done. */
  stop(): Promise<void> {
    return this.#task.stop()
  }

  /** Never rejects: an outage today must not stop the collection tomorrow. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { acquireLease, log } = this.#options
    try {
      const lease = await acquireLease()
      if (lease) await this.#collectUnder(lease, signal)
    } catch (error) {
      log.warn({ event: 'garbage-collection-failed', err: error }, 'garbage collection failed; it is tried again')
    }
  }

  /** The lease is kept until tomorrow only if everything is done. Otherwise any instance may start again. */
  async #collectUnder(lease: Pick<Lease, 'release'>, signal: AbortSignal): Promise<void> {
    const { collect, log } = this.#options
    let isDone = false
    try {
      const { accounts, kinds, previousVersions, problems } = await collect(signal)
      isDone = !signal.aborted
      log.info(
        { event: 'garbage-collected', accounts, kinds, previousVersions },
        'garbage collection: purged what no account names',
      )
      for (const problem of problems) {
        log.warn({ event: 'garbage-kept', ...problem }, 'garbage collection: an account keeps all it has')
      }
    } finally {
      if (!isDone) await lease.release()
    }
  }
}
