import type { Account } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { AccountReader, type AccountReaderOptions, type ReaderEvent } from '../src/read/account-reader.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryChangeFeed } from './memory-change-feed.ts'
import { MemoryStore } from './memory-store.ts'
import { accountId, sampleAccount, sampleMapping } from './sample-account.ts'
import { putAccount } from './writer-fixture.ts'

/** A reader that follows the feed, over a store that has the account at revision 1. */
export async function readerFixture(options: Partial<AccountReaderOptions> = {}) {
  const clock = new ManualClock()
  const store = new MemoryStore()
  const changeFeed = new MemoryChangeFeed()
  const events: ReaderEvent[] = []
  const onEvent = (event: ReaderEvent) => void events.push(event)
  const reader = new AccountReader({ store, changeFeed, clock, maxBytes: 1e6, onEvent, ...options })
  await reader.start()
  await putAccount(store, accountAt(1))
  let readsByTest = store.count('get')
  /** How often the reader has read the account. */
  const reads = () => store.count('get', accountPath(accountId)) - readsByTest

  /** The account as config-api writes it, told of or not. */
  async function write(revision: number, parts: Partial<Account> = {}): Promise<void> {
    await putAccount(store, { ...accountAt(revision), ...parts })
    readsByTest++
  }
  function tell(revision: number, revoked: readonly string[] = []): Promise<void> {
    return changeFeed.append({ account: accountId, revision, revoked })
  }
  return { clock, store, changeFeed, reader, events, reads, write, tell }
}

export function accountAt(revision: number): Account {
  return sampleAccount({ revision, mappings: [sampleMapping({ id: revision })] })
}
