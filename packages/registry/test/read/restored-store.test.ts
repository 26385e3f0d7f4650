import { describe, expect, it } from '@jest/globals'
import { EpochWatch } from '../../src/epoch/epoch-watch.ts'
import { beginEpoch, noticeOfEpoch, readEpoch, readOrBeginEpoch } from '../../src/epoch/store-epoch.ts'
import type { AccountReaderOptions } from '../../src/read/account-reader.ts'
import { MemoryStore } from '../memory-store.ts'
import { accountAt, readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const otherId = sampleAccount({}).accountId === accountId ? ('other' as typeof accountId) : accountId

/** A reader that holds the account at revision 5, over a store that has been put back to revision 1 since. */
async function restoredFixture(options: Partial<AccountReaderOptions> = {}) {
  const source: { store?: MemoryStore } = {}
  const read = async () => (source.store === undefined ? undefined : readEpoch(source.store))
  const epochs = new EpochWatch({ read, everyMs: 10_000 })
  const fixture = await readerFixture({ epochs, ...options })
  const { store, reader, write, clock } = fixture
  source.store = store
  await readOrBeginEpoch(store)
  await epochs.look()
  await putAccount(store, { ...accountAt(7), accountId: otherId })
  const putBack = store.backup()
  await write(5)
  await reader.get(accountId)
  await reader.get(otherId)
  await clock.advance(10_000)
  putBack()
  return { ...fixture, epochs }
}

describe('after a store was put back to an older copy', () => {
  it('the notice of a new epoch drops all copies: the next call reads the account', async () => {
    const { reader, store, changeFeed, epochs } = await restoredFixture()
    const { id } = await beginEpoch(store)
    await changeFeed.append(noticeOfEpoch(id))
    expect([epochs.current, reader.epoch]).toEqual([id, id])
    expect([...reader.served.all()]).toEqual([])
    expect(reader.fresh(otherId)).toBeUndefined()
    expect(await reader.get(accountId)).toMatchObject({ revision: 1 })
    expect([...reader.served.all()]).toEqual([[accountId, 1]])
  })

  it('no copy from before is served even if the store can not be read', async () => {
    const { reader, store, changeFeed } = await restoredFixture()
    const { id } = await beginEpoch(store)
    store.goDown()
    await changeFeed.append(noticeOfEpoch(id))
    await expect(reader.get(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('the epoch is learned from the store if no notice comes', async () => {
    const { reader, store, epochs } = await restoredFixture()
    await beginEpoch(store)
    await epochs.look()
    expect(await reader.get(accountId)).toMatchObject({ revision: 1 })
  })

  it('and from the notice of a change that was made in it', async () => {
    const { reader, store, changeFeed, write } = await restoredFixture()
    const { id } = await beginEpoch(store)
    await write(2)
    await changeFeed.append({ account: accountId, revision: 2, revoked: [], epoch: id })
    expect(reader.fresh(otherId)).toBeUndefined()
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
  })

  it('what was being read when the epoch began is read again', async () => {
    const { reader, store, changeFeed, reads } = await restoredFixture()
    const readsBefore = reads()
    const { id } = await beginEpoch(store)
    changeFeed.tellOfGap()
    const { reached, release } = store.hold('get')
    const reading = reader.get(accountId)
    await reached
    await changeFeed.append(noticeOfEpoch(id))
    release()
    expect(await reading).toMatchObject({ revision: 1 })
    expect(reads() - readsBefore).toBe(2)
  })

  it('a notice of the epoch before makes the store be read, and its revision is not waited for', async () => {
    const { reader, store, changeFeed, events, reads, clock } = await restoredFixture()
    const before = reader.epoch
    const { id } = await beginEpoch(store)
    await changeFeed.append(noticeOfEpoch(id))
    await reader.get(accountId)
    const readsBefore = reads()
    await changeFeed.append({ account: accountId, revision: 6, revoked: [], epoch: before })
    const answer = reader.get(accountId)
    await clock.advance(1_000)
    expect(await answer).toMatchObject({ revision: 1 })
    expect([reads() - readsBefore, events]).toEqual([1, []])
  })

  it('without a new epoch, a notice of an older revision shows it: nothing that was held is served', async () => {
    const { reader, write, tell, events, clock } = await restoredFixture()
    const revoked = newId()
    await write(2)
    await tell(2, [revoked])
    expect(reader.isRevoked(accountId, revoked)).toBe(true)
    const answer = reader.get(accountId)
    await clock.advance(2_000)
    expect(await answer).toMatchObject({ revision: 2 })
    expect(events).toEqual([{ type: 'store-restored', accountId, revision: 2 }])
    expect(reader.fresh(accountId)).toMatchObject({ revision: 2 })
    expect(reader.fresh(otherId)).toBeUndefined()
  })
})

it('a late notice of a change that the copy has costs one read', async () => {
  const { reader, write, tell, reads, events, clock } = await readerFixture()
  await write(3)
  await reader.get(accountId)
  await clock.advance(2_000)
  await tell(2, [newId()])
  expect(await reader.get(accountId)).toMatchObject({ revision: 3 })
  expect(await reader.get(accountId)).toMatchObject({ revision: 3 })
  expect([reads(), events]).toEqual([2, []])
})
