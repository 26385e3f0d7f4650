import type { AccountId } from '@mtls-gateway/domain'
import { isStoreError } from '@mtls-gateway/secret-store'
import type { RegistryLogger } from './registry-logger.ts'

/** A store that refuses has to be put right by its operator, whom the answer to the caller doesn't reach. */
export function logRefusal(logger: RegistryLogger | undefined, account: AccountId, error: unknown): void {
  if (!isStoreError(error, 'refused') && !isStoreError(error, 'forbidden')) return
  logger?.warn({ event: 'store-refused', err: error, account }, 'the store refused what a change needs')
}
