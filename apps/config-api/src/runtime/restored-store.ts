import type { ChangeFeed } from '@mtls-gateway/coordination'
import {
  type AccountWriter,
  beginEpoch,
  type Clock,
  type EpochWatch,
  noticeOfEpoch,
  type OlderAccount,
} from '@mtls-gateway/registry'
import type { SecretStore } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'

export interface RestoredStoreOptions {
  readonly store: SecretStore
  readonly changeFeed: ChangeFeed
  readonly epochs: EpochWatch
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
}

/** Before the account is read again: a store with replicas may answer an older state for a moment. */
const confirmAfterMs = 1_000

/** Begins a new epoch when an account shows that the store was put back to an older copy, and nobody has said so. */
export class RestoredStore {
  readonly #options: RestoredStoreOptions
  readonly #closing = new AbortController()
  #confirming: Promise<void> | undefined

  constructor(options: RestoredStoreOptions) {
    this.#options = options
  }

  /** For {@link AccountWriterOptions.onOlder}. */
  suspect(older: OlderAccount, writer: Pick<AccountWriter, 'read'>): void {
    this.#confirming ??= this.#confirm(older, writer).finally(() => {
      this.#confirming = undefined
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#confirming
  }

  /** Never rejects. */
  async #confirm(older: OlderAccount, writer: Pick<AccountWriter, 'read'>): Promise<void> {
    const { store, changeFeed, epochs, clock, log } = this.#options
    const seenIn = epochs.current
    try {
      await clock.sleep(confirmAfterMs, this.#closing.signal)
      const known = (await epochs.look())?.id
      // Revisions of another epoch can't be compared, and whoever began it knows of the restore.
      if (this.#closing.signal.aborted || known !== seenIn) return
      const { revision } = await writer.read(older.accountId)
      // That an account is gone may be an operator's doing.
      if (revision === 0 || revision >= older.seen) return
      const { id } = await beginEpoch(store, (present) => present.id !== known)
      log.error({ event: 'store-restored', ...older, epoch: id }, 'The store was put back to an older copy.')
      epochs.enter(id)
      await changeFeed.append(noticeOfEpoch(id))
    } catch (error) {
      log.error({ event: 'store-restored', ...older, err: error }, 'Begin a new epoch of the store by hand.')
    }
  }
}
