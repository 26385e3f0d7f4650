import { recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { codedStoreFailure } from '../failures/store-failure.ts'
import { listAccounts, listRecords } from './inventory.ts'

export interface AuditRetentionOptions {
  readonly store: SecretStore
  /** Segments that were moved out of their account longer ago are purged, in milliseconds. */
  readonly keptMs: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Ends it before the next account. */
  readonly signal?: AbortSignal
}

/**
 * Purges old segments of the audit trails; what an account holds itself stays. A segment is as old as its youngest
 * change or younger, so nothing goes too early, and none has to be read.
 * @returns how many were purged
 * @throws CodedError `STORE_UNAVAILABLE`
 */
export async function purgeOldAudit({ store, keptMs, now = Date.now, signal }: AuditRetentionOptions): Promise<number> {
  const before = now() - keptMs
  let purged = 0
  try {
    for (const account of await listAccounts(store, ['audit'])) {
      for (const id of await listRecords(store, 'audit', account)) {
        if (signal?.aborted) return purged
        const path = recordPath('audit', account, id)
        const writtenAt = await store.writtenAt(path)
        if (writtenAt === undefined || writtenAt > before) continue
        await store.purge(path)
        purged++
      }
    }
    return purged
  } catch (error) {
    throw codedStoreFailure(error)
  }
}
