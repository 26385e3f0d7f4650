import { type Clock, systemClock } from '../time/clock.ts'
import type { StoreEpoch } from './store-epoch.ts'

export interface EpochWatchOptions {
  readonly read: () => Promise<StoreEpoch | undefined>
  /** How late a new epoch is noticed if nothing else tells of it. */
  readonly everyMs: number
  readonly clock?: Clock
  /** The epoch could not be read; the one before counts on. */
  readonly onFailed?: (error: unknown) => void
}

/**
 * The epoch of the store that this process is on. It is read every few seconds, and learned at once from notices and
 * documents that name a later one.
 */
export class EpochWatch {
  readonly #options: EpochWatchOptions
  readonly #clock: Clock
  readonly #listeners: ((epoch: string | undefined, before: string | undefined) => void)[] = []
  readonly #stopping = new AbortController()
  #current: string | undefined
  /** Named by a notice or a document, but not what the store says: it is not learned again. */
  #refuted: string | undefined
  #running: Promise<void> | undefined

  constructor(options: EpochWatchOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Undefined until the store has been read, or if it has none. */
  get current(): string | undefined {
    return this.#current
  }

  /** Called in the same tick, so that nothing of the epoch before is used in between. Must not throw. */
  onChanged(listener: (epoch: string | undefined, before: string | undefined) => void): void {
    this.#listeners.push(listener)
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Something names an epoch of the store: a later one has begun, and an earlier one is over. */
  learn(epoch: unknown): void {
    if (typeof epoch !== 'string' || epoch <= (this.#current ?? '') || epoch === this.#refuted) return
    this.#change(epoch)
  }

  /** Reads the epoch, and is on it from then on. Rejects like the store. */
  async look(): Promise<StoreEpoch | undefined> {
    const before = this.#current
    const read = await this.#options.read()
    // What was learned meanwhile may be later than what was read.
    if (this.#current !== before || read?.id === before) return read
    if (before !== undefined && (read?.id ?? '') < before) this.#refuted = before
    this.#change(read?.id)
    return read
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => this.#options.onFailed?.(error))
      await this.#clock.sleep(this.#options.everyMs, signal)
    }
  }

  #change(epoch: string | undefined): void {
    const before = this.#current
    this.#current = epoch
    for (const listener of this.#listeners) listener(epoch, before)
  }
}
