import type { Account, AccountId } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, type SecretValue } from '@mtls-gateway/secret-store'
import { encodeAccount, readAccount } from '../src/format/account-codec.ts'
import { AccountWriter, type AccountWriterOptions } from '../src/write/account-writer.ts'
import { MemoryChangeFeed } from './memory-change-feed.ts'
import { MemoryStore } from './memory-store.ts'

export function writerFixture(options: Partial<AccountWriterOptions> = {}) {
  const store = new MemoryStore()
  const changeFeed = new MemoryChangeFeed()
  const writer = new AccountWriter({ store, changeFeed, ...options })
  return { store, changeFeed, writer }
}

/** Puts an account as it is into the store, over the one that is there. */
export async function putAccount(store: MemoryStore, account: Account): Promise<void> {
  const path = accountPath(account.accountId)
  const version = (await store.get(path))?.version ?? 0
  await store.put(path, await encodeAccount(account, new TimeSlices()), version)
}

export async function decodeAccount(value: SecretValue, accountId: AccountId, slices: TimeSlices): Promise<Account> {
  return (await readAccount(value, accountId, slices)).account
}
