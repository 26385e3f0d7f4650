import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Mismatch } from '../events/store-event.ts'
import { DatabaseFormat } from '../format/database-format.ts'
import type { HeadKeeper } from './head-keeper.ts'

export interface HeadWatchOptions {
  readonly everyMs: number
  /** A connection, and the keeper on it, for one look; it is closed afterwards. */
  readonly open: () => {
    readonly database: DatabaseSync
    readonly keeper: HeadKeeper
    /** Whether the keeper has the key of what the database holds at this moment. */
    readonly hasKey: () => boolean
  }
  /** Called once; nothing is watched afterwards. */
  readonly onMismatch: (mismatch: Mismatch) => void
}

/** Keeps checking the whole store while it is open, a hundred rows at a time between other work. */
export class HeadWatch {
  readonly #options: HeadWatchOptions
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: HeadWatchOptions) {
    this.#options = options
    this.#plan()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #plan(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(async () => {
      const mismatch = await this.#look().catch(() => undefined) // The store is not readable: whoever reads it says so.
      if (mismatch === undefined) this.#plan()
      else if (!this.#isClosed) this.#options.onMismatch(mismatch)
    }, this.#options.everyMs).unref()
  }

  async #look(): Promise<Mismatch | undefined> {
    const { database, keeper, hasKey } = this.#options.open()
    try {
      database.exec('BEGIN')
      const steps = keeper.examine(keeper.find())
      for (;;) {
        const { done, value } = steps.next()
        // What a later release has made of the store is no mismatch, nor is what is sealed under a new key.
        if (done) return new DatabaseFormat(database).isKnown && hasKey() ? value.mismatch : undefined
        await setImmediate()
        if (this.#isClosed) return undefined
      }
    } finally {
      database.close()
    }
  }
}
