import { randomBytes } from 'node:crypto'
import type { ChangeNotice } from '@mtls-gateway/coordination'
import { CodedError, parseAccountId } from '@mtls-gateway/domain'
import { isStoreError, type SecretReader, type SecretStore, storeEpochPath } from '@mtls-gateway/secret-store'
import { codedStoreFailure, storeUnavailable } from '../failures/store-failure.ts'
import { checkFormat } from '../format/stored-format.ts'
import { type Clock, systemClock } from '../time/clock.ts'

/** The life of a store from one restore of an older copy to the next: revisions can be compared within it only. */
export interface StoreEpoch {
  /** When it began, in milliseconds since 1970, and something random. Of two, the later one is greater as a text. */
  readonly id: string
  /** The one before; undefined for the first. */
  readonly previous: string | undefined
}

export interface BeginEpochOptions {
  /** Keeps the present epoch if this holds for it. */
  readonly unless?: (present: StoreEpoch) => boolean
  readonly clock?: Clock
}

/** In notices of a new epoch, which are not about an account. No tenant has this name. */
export const epochAccount = parseAccountId('store-epoch')

const idShape = /^\d{13}-[0-9a-f]{8}$/
/** After a conflict, with some chance, so that those who begin one at once don't meet again. */
const againMs = [50, 100, 200, 400]

/** Whether this could be the id of an epoch. */
export function isEpochId(id: unknown): id is string {
  return typeof id === 'string' && idShape.test(id)
}

export function noticeOfEpoch(id: string): ChangeNotice {
  return { account: epochAccount, revision: 0, revoked: [], epoch: id }
}

/** In milliseconds since 1970, by the clock of the process that began it; 0 for no epoch. */
export function epochBeganAt(id: string | undefined): number {
  return Number(id?.slice(0, 13) ?? 0)
}

/** Undefined where none has begun. @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER` */
export async function readEpoch(store: SecretReader): Promise<StoreEpoch | undefined> {
  try {
    const stored = await store.get(storeEpochPath)
    if (stored === undefined) return undefined
    checkFormat(stored.value, `What is stored at ${storeEpochPath}`)
    return epochOf(stored.value) ?? refuseDamaged()
  } catch (error) {
    throw codedStoreFailure(error)
  }
}

/** Begins the first one where there is none. @throws CodedError as {@link beginEpoch} */
export async function readOrBeginEpoch(store: SecretStore): Promise<StoreEpoch> {
  return (await readEpoch(store)) ?? beginEpoch(store, { unless: () => true })
}

/**
 * Begins a new epoch, because the store was put back to an older copy. Gives up after a few conflicts: a document that
 * was deleted but not purged in Vault is not there to read, and can't be written as a new one either.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_REFUSED`, `STORE_NOT_WRITABLE`, `STORE_NEWER`
 */
export async function beginEpoch(
  store: SecretStore,
  { unless = () => false, clock = systemClock }: BeginEpochOptions = {},
): Promise<StoreEpoch> {
  for (let attempt = 0; ; attempt++) {
    try {
      const stored = await store.get(storeEpochPath)
      if (stored !== undefined) checkFormat(stored.value, `What is stored at ${storeEpochPath}`)
      const present = stored && epochOf(stored.value)
      if (present !== undefined && unless(present)) return present
      const next = { id: newId(present?.id), previous: present?.id }
      const value = { epoch: next.id, ...(next.previous !== undefined && { previous: next.previous }) }
      await store.put(storeEpochPath, value, stored?.version ?? 0)
      return next
    } catch (error) {
      // After a conflict, another process has begun one.
      if (!isStoreError(error, 'conflict')) throw codedStoreFailure(error)
      const pauseMs = againMs[attempt]
      if (pauseMs === undefined) throw storeUnavailable(error)
      await clock.sleep(pauseMs * (0.5 + Math.random() / 2))
    }
  }
}

/** Undefined if this is no epoch. */
function epochOf({ epoch, previous }: Readonly<Record<string, unknown>>): StoreEpoch | undefined {
  if (!isEpochId(epoch)) return undefined
  return { id: epoch, previous: typeof previous === 'string' ? previous : undefined }
}

/** Greater than the one before even if this clock is behind. */
function newId(previous: string | undefined): string {
  const ms = Math.max(Date.now(), epochBeganAt(previous) + 1)
  return `${ms}-${randomBytes(4).toString('hex')}`
}

function refuseDamaged(): never {
  throw new CodedError(
    'STORE_DAMAGED',
    `What is stored at ${storeEpochPath} cannot be used: begin a new epoch of the store (mtls-admin store restored).`,
  )
}
