import { afterEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { AccountReaderOptions } from '../../src/read/account-reader.ts'
import { beginEpoch, EpochWatch, noticeOfEpoch, readEpoch, readOrBeginEpoch } from '../../src/store-epoch.ts'
import { settle } from '../manual-clock.ts'
import type { MemoryStore } from '../memory-store.ts'
import { accountAt, readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const otherId = sampleAccount({}).accountId === accountId ? ('other' as typeof accountId) : accountId

const watches: EpochWatch[] = []

afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop()
})

/** A reader that holds the account at revision 5, over a store that has been put back to revision 1 since. */
async function restoredFixture(options: Partial<AccountReaderOptions> = {}) {
  const source: { store?: MemoryStore } = {}
  const read = async () => (source.store === undefined ? undefined : readEpoch(source.store))
  const epochs = new EpochWatch({ read, everyMs: 10_000 })
  watches.push(epochs)
  const fixture = await readerFixture({ epochs, ...options })
  const { store, reader, write, clock } = fixture
  source.store = store
  await readOrBeginEpoch(store)
  await epochs.look()
  await putAccount(store, { ...accountAt(7), accountId: otherId })
  const putBack = store.backup()
  await putAccount(store, { ...accountAt(9), accountId: otherId })
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
    await settle()
    expect(epochs.current).toBe(id)
    expect(reader.served(accountId)).toBeUndefined()
    expect(reader.fresh(otherId)).toBeUndefined()
    expect(await reader.get(accountId)).toMatchObject({ revision: 1 })
    expect(reader.served(accountId)?.revision).toBe(1)
  })

  it('no copy from before is served even if the store can not be read any more', async () => {
    const { reader, store, changeFeed } = await restoredFixture()
    const { id } = await beginEpoch(store)
    await changeFeed.append(noticeOfEpoch(id))
    await settle()
    store.goDown()
    await expect(reader.get(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('copies are kept while the store can not say that there is a new epoch', async () => {
    const { reader, store, changeFeed, epochs } = await restoredFixture()
    const [before, { id }] = [epochs.current, await beginEpoch(store)]
    store.goDown()
    await changeFeed.append(noticeOfEpoch(id))
    await settle()
    expect([epochs.current, reader.fresh(accountId)?.revision]).toEqual([before, 5])
    store.comeBack()
    await epochs.look()
    expect(epochs.current).toBe(id)
    expect(await reader.get(accountId)).toMatchObject({ revision: 1 })
  })

  it.each(['~', '9999999999999-ffffffff'])(
    'a notice of an epoch that the store has not, %s, drops no copy',
    async (id) => {
      const { reader, changeFeed, epochs } = await restoredFixture()
      const before = epochs.current
      await changeFeed.append({ account: parseAccountId('nobody'), revision: 1, revoked: [], epoch: id })
      await settle()
      expect(epochs.current).toBe(before)
      expect([accountId, otherId].map((each) => reader.fresh(each)?.revision)).toEqual([5, 9])
    },
  )

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
    await settle()
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
    await settle()
    release()
    expect(await reading).toMatchObject({ revision: 1 })
    expect(reads() - readsBefore).toBe(2)
  })

  it('a notice of the epoch before makes the store be read, and its revision is not waited for', async () => {
    const { reader, store, changeFeed, epochs, events, reads, clock } = await restoredFixture()
    const before = epochs.current
    const { id } = await beginEpoch(store)
    await changeFeed.append(noticeOfEpoch(id))
    await settle()
    await reader.get(accountId)
    const readsBefore = reads()
    await changeFeed.append({ account: accountId, revision: 6, revoked: [], epoch: before })
    const answer = reader.get(accountId)
    await clock.advance(1_000)
    expect(await answer).toMatchObject({ revision: 1 })
    expect([reads() - readsBefore, events]).toEqual([1, []])
  })

  it('without a new epoch, a notice of an older revision shows it for its account', async () => {
    const { reader, write, tell, events, clock } = await restoredFixture()
    const revoked = newId()
    await write(2)
    await tell(2, [revoked])
    expect(reader.isRevoked(accountId, revoked)).toBe(true)
    const answer = reader.get(accountId)
    await clock.advance(2_000)
    expect(await answer).toMatchObject({ revision: 2 })
    expect(events).toEqual([{ type: 'store-restored', accountId, revision: 2 }])
    // Another one is read when its own notice comes, or its copy is past its time.
    expect([accountId, otherId].map((each) => reader.fresh(each)?.revision)).toEqual([2, 9])
  })

  it('a notice of a revision that never comes takes no account its copy for an outage', async () => {
    const { reader, store, tell, events, clock } = await restoredFixture()
    await tell(2 ** 50)
    const answer = reader.get(accountId)
    await clock.advance(2_000)
    await answer
    expect(events).toMatchObject([{ type: 'store-restored' }])
    store.goDown()
    expect(await reader.get(otherId)).toMatchObject({ revision: 9 })
  })
})

describe('a notice of another epoch than this', () => {
  const epochs = { current: 'this', learn: () => {}, onChanged: () => {} }

  /** A read at revision 1 is under way, while the next change is made. */
  async function reading() {
    const fixture = await readerFixture({ epochs })
    const { reader, store, changeFeed, clock, write } = fixture
    const gate = Promise.withResolvers<void>()
    const get = store.get.bind(store)
    store.get = async (path) => {
      store.get = get
      const found = await get(path)
      await gate.promise
      return found
    }
    const early = Promise.resolve(reader.get(accountId))
    await clock.advance(10)
    await write(2)
    await changeFeed.append({ account: accountId, revision: 2, revoked: ['k3y'], epoch: 'other' })
    return { ...fixture, early, release: gate.resolve }
  }

  it('is settled by no read that began before it came', async () => {
    const { reader, clock, early, release } = await reading()
    release()
    expect(await early).toMatchObject({ revision: 1 })
    expect([reader.isRevoked(accountId, 'k3y'), reader.fresh(accountId)]).toEqual([true, undefined])
    await clock.advance(1)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    expect([reader.isRevoked(accountId, 'k3y'), reader.fresh(accountId)?.revision]).toEqual([false, 2])
  })

  it('makes a call that comes after it wait for a read of its own', async () => {
    const { reader, early, release } = await reading()
    const late = reader.get(accountId)
    release()
    expect(await early).toMatchObject({ revision: 1 })
    expect(await late).toMatchObject({ revision: 2 })
  })

  it('is no reason to take an account for absent that was read before', async () => {
    const { reader, store, changeFeed, clock } = await readerFixture({ epochs })
    const name = parseAccountId('new')
    const { reached, release } = store.hold('get')
    const early = Promise.resolve(reader.get(name))
    await reached
    await clock.advance(10)
    await changeFeed.append({ account: name, revision: 1, revoked: [], epoch: 'other' })
    release()
    expect(await early).toBeUndefined()
    await putAccount(store, { ...accountAt(1), accountId: name })
    expect(await reader.get(name)).toMatchObject({ revision: 1 })
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
