import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const minute = 60_000

describe('the revision with which a call that starts now is served', () => {
  it('is not known of an account that is neither held nor heard of', async () => {
    const { reader } = await readerFixture()
    expect(reader.served.all()).toEqual(new Map())
  })

  it('is that of the copy, also after the notice of a newer one, until that is read', async () => {
    const { reader, write, tell } = await readerFixture()
    await reader.get(accountId)
    expect(reader.served.all()).toEqual(new Map([[accountId, 1]]))
    await write(2)
    await tell(2)
    // The store may be gone the next moment, and the call be served with the copy.
    expect(reader.served.all()).toEqual(new Map([[accountId, 1]]))
    expect(reader.served.nextBehind(5)).toEqual([accountId])
    await reader.refresh(accountId)
    expect(reader.served.all()).toEqual(new Map([[accountId, 2]]))
    expect(reader.served.nextBehind(5)).toEqual([])
  })

  it('is that of a copy past its time, too, which is behind: the notice of a change may have been lost', async () => {
    const { reader, clock, write } = await readerFixture()
    await reader.get(accountId)
    await write(2)
    await clock.advance(5 * minute - 1)
    expect([...reader.served.all(), ...reader.served.nextBehind(5)]).toEqual([[accountId, 1]])
    await clock.advance(10_000)
    expect([...reader.served.all(), ...reader.served.nextBehind(5)]).toEqual([[accountId, 1], accountId])
    await reader.refresh(accountId)
    expect([...reader.served.all(), ...reader.served.nextBehind(5)]).toEqual([[accountId, 2]])
  })

  it('is that of the copy as long as it may be served while the store can not be read', async () => {
    const { reader, store, clock, tell } = await readerFixture()
    await reader.get(accountId)
    store.goDown()
    await tell(7)
    await reader.refresh(accountId)
    await clock.advance(60 * minute - 1)
    expect(reader.served.all()).toEqual(new Map([[accountId, 1]]))
    // From then on a call must read the account, and what was heard of it is an hour old.
    await clock.advance(10_000)
    expect(reader.served.all()).toEqual(new Map())
  })

  it('is the one heard of where no copy may be served, for 15 minutes', async () => {
    const { reader, clock, tell } = await readerFixture()
    await tell(4)
    await tell(3)
    expect(reader.served.all()).toEqual(new Map([[accountId, 4]]))
    expect(reader.served.nextBehind(5)).toEqual([])
    await clock.advance(15 * minute - 1)
    expect(reader.served.all()).toEqual(new Map([[accountId, 4]]))
    await clock.advance(10_000)
    expect(reader.served.all()).toEqual(new Map())
  })

  it('is 0 while the account is taken for absent', async () => {
    const { reader, store, clock } = await readerFixture()
    await store.purge(accountPath(accountId))
    await reader.get(accountId)
    expect(reader.served.all()).toEqual(new Map([[accountId, 0]]))
    await clock.advance(10_000)
    expect(reader.served.all()).toEqual(new Map())
  })

  it('is that of the copy after a gap: the call is served with it if the store can not be read', async () => {
    const { reader, changeFeed } = await readerFixture()
    await reader.get(accountId)
    changeFeed.tellOfGap()
    expect(reader.served.all()).toEqual(new Map([[accountId, 1]]))
  })

  it('is not known any more when the copy had to make room', async () => {
    const { reader, store } = await readerFixture({ maxBytes: 1_000 })
    await reader.get(accountId)
    // However large it is, an account takes half of the room.
    for (const another of ['another', 'third']) {
      await putAccount(store, sampleAccount({ accountId: parseAccountId(another) }))
      await reader.get(parseAccountId(another))
    }
    expect([...reader.served.all().keys()]).toEqual(['another', 'third'])
  })

  it('is an older one again when the store was restored', async () => {
    const { reader, clock, write, tell } = await readerFixture()
    await write(5)
    await reader.get(accountId)
    await write(3)
    await tell(6)
    const refreshed = reader.refresh(accountId)
    await clock.advance(2_000)
    await refreshed
    expect(reader.served.all()).toEqual(new Map([[accountId, 3]]))
    expect(reader.served.nextBehind(5)).toEqual([])
  })
})

describe('accounts that are behind', () => {
  it('take turns', async () => {
    const { reader, changeFeed, store } = await readerFixture()
    const accounts = ['a', 'b', 'c'].map(parseAccountId)
    for (const account of accounts) {
      await putAccount(store, sampleAccount({ accountId: account, revision: 1 }))
      await reader.get(account)
    }
    store.goDown()
    for (const account of accounts) await changeFeed.append({ account, revision: 2, revoked: [] })
    expect(reader.served.nextBehind(2)).toEqual(['a', 'b'])
    expect(reader.served.nextBehind(2)).toEqual(['c', 'a'])
    expect(reader.served.nextBehind(0)).toEqual([])
  })
})
