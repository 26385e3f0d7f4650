import type { AccountId, RecordId, VersionRecordIds } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { isStoreError, type RecordKind, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { type Clock, Deadline } from '../clock.ts'
import { inParallel } from '../in-parallel.ts'
import { listRecords } from '../inventory.ts'
import { coded, codedStoreFailure, logRefusal, type RegistryLogger, storeUnavailable } from '../store-failure.ts'
import type { RecordValues } from './records.ts'

export interface RecordName {
  readonly kind: RecordKind
  readonly accountId: AccountId
  readonly id: RecordId
}

/** What a version has in the store: its key, and its chain as soon as there is one. */
export function recordsOfVersion(
  accountId: AccountId,
  { keyId, versionId }: Partial<VersionRecordIds>,
): readonly RecordName[] {
  return [
    ...(keyId === undefined ? [] : [{ kind: 'keys' as const, accountId, id: keyId }]),
    ...(versionId === undefined ? [] : [{ kind: 'chains' as const, accountId, id: versionId }]),
  ]
}

export interface RecordWriterOptions {
  readonly store: SecretStore
  readonly clock: Clock
  readonly deadlineMs: number
  readonly logger?: RegistryLogger | undefined
  /** Aborted when the process ends. */
  readonly closing: AbortSignal
}

/** How long a replaced record stays: copies lack the changes of the last 2 s at most, and stores are slow. */
const replacedMs = 10_000
/** Purges at once: a large clean-up must not keep the store from answering others. */
const purgesAtOnce = 8

/** Records that are written once, before the account names them, and never changed. */
export class RecordWriter {
  readonly #options: RecordWriterOptions
  readonly #slices = new TimeSlices()

  constructor(options: RecordWriterOptions) {
    this.#options = options
  }

  /**
   * Writes a record that no account names yet. Repeats a write whose answer did not come; that it then finds the record
   * there shows that it was written.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_REFUSED`, `STORE_NOT_WRITABLE`; StoreError `conflict` if another
   *   record has this id: ids are random, a defect
   */
  async put<Kind extends RecordKind>(
    kind: Kind,
    accountId: AccountId,
    id: RecordId,
    value: RecordValues[Kind],
  ): Promise<void> {
    const { store, clock, deadlineMs, logger } = this.#options
    // A document may have thousands of secrets, which the embedded store would write in one go.
    if (this.#slices.isOver) await this.#slices.next()
    const deadline = new Deadline(clock, deadlineMs)
    let failure: unknown
    for (let attempt = 0; deadline.remainingMs > 0; attempt++) {
      try {
        await deadline.race(store.put(recordPath(kind, accountId, id), value, 0))
        return
      } catch (error) {
        if (isStoreError(error, 'conflict') && failure !== undefined) return
        logRefusal(logger, accountId, error)
        if (!isStoreError(error, 'unavailable')) throw codedStoreFailure(error)
        failure = error
        await deadline.backOff(100, attempt)
      }
    }
    throw storeUnavailable(failure)
  }

  /** Without reading it, as config-api may not read keys. @throws CodedError `STORE_UNAVAILABLE` */
  exists(kind: RecordKind, accountId: AccountId, id: RecordId): Promise<boolean> {
    return coded(this.#options.store.exists(recordPath(kind, accountId, id)))
  }

  /** The ids of all that an account has of a kind, without reading it. @throws CodedError `STORE_UNAVAILABLE` */
  list(kind: RecordKind, accountId: AccountId): Promise<readonly RecordId[]> {
    return coded(listRecords(this.#options.store, kind, accountId))
  }

  /**
   * For what a change has dropped for good. What can't be purged is left to garbage collection, and so is the rest once
   * the store is away. Never rejects. It leaves time to others: the embedded store purges in one go, and a document may
   * drop a thousand records.
   */
  async purge(records: readonly RecordName[]): Promise<void> {
    const purging = inParallel(records, purgesAtOnce, async ({ kind, accountId, id }) => {
      if (this.#slices.isOver) await this.#slices.next()
      await this.#options.store.purge(recordPath(kind, accountId, id)).catch((error: unknown) => {
        if (isStoreError(error, 'unavailable')) throw error
      })
    })
    await purging.catch(() => undefined)
  }

  /**
   * For what a change has replaced or removed: purges it in a moment, as forwarders whose copy of the account is older
   * still need it. Whoever replaces again and again would otherwise fill the store before garbage collection comes,
   * which has what is left when the process ends.
   */
  purgeReplaced(records: readonly RecordName[]): void {
    if (records.length === 0) return
    const { clock, closing } = this.#options
    void clock.sleep(replacedMs, closing).then(() => (closing.aborted ? undefined : this.purge(records)))
  }
}
