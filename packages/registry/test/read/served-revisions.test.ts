import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const minute = 60_000

async function fixture(options: Parameters<typeof readerFixture>[0] = {}) {
  const parts = await readerFixture(options)
  return { ...parts, revision: (account = accountId) => parts.reader.served(account)?.revision }
}

describe('the revision with which a call that starts now is served', () => {
  it('is not known of an account that is not held, whatever was heard of it: the call reads it', async () => {
    const { revision, reader, tell } = await fixture()
    expect(revision()).toBeUndefined()
    await tell(4)
    expect([revision(), reader.behind]).toEqual([undefined, 0])
  })

  it('is that of the copy, also after the notice of a newer one, until that is read', async () => {
    const { reader, write, tell, revision } = await fixture()
    await reader.get(accountId)
    expect(revision()).toBe(1)
    await write(2)
    await tell(2)
    // The store may be gone the next moment, and the call be served with the copy.
    expect([revision(), reader.behind]).toEqual([1, 1])
    await reader.refresh(accountId)
    expect([revision(), reader.behind]).toEqual([2, 0])
  })

  it('is 0 while a read is under way that began before, as the call shares it', async () => {
    const { reader, store, revision } = await fixture()
    const { reached, release } = store.hold('get')
    const first = reader.get(accountId)
    await reached
    expect(revision()).toBe(0)
    release()
    await first
    expect(revision()).toBe(1)
  })

  it('is that of a copy past its time, too', async () => {
    const { reader, clock, write, revision } = await fixture()
    await reader.get(accountId)
    await write(2)
    await clock.advance(5 * minute)
    expect(revision()).toBe(1)
    await reader.refresh(accountId)
    expect(revision()).toBe(2)
  })

  it('is that of the copy as long as it may be served while the store can not be read', async () => {
    const { reader, store, clock, tell, revision } = await fixture()
    await reader.get(accountId)
    store.goDown()
    await tell(7)
    await reader.refresh(accountId)
    await clock.advance(60 * minute - 1)
    expect(revision()).toBe(1)
    await clock.advance(1)
    expect(revision()).toBeUndefined()
  })

  it('is that of the copy that calls get while they wait for no read, also where none is kept for an outage', async () => {
    const { reader, clock, write, tell, revision } = await fixture({ staleLimitMs: 0 })
    await reader.get(accountId)
    await write(2)
    await tell(2)
    await reader.get(accountId)
    await write(3)
    await tell(3)
    expect(revision()).toBe(2)
    expect(reader.get(accountId)).toMatchObject({ revision: 2 })
    await clock.advance(1_000)
    expect(revision()).toBe(3)
  })

  it('is 0 while the account is taken for absent', async () => {
    const { reader, store, clock, revision } = await fixture()
    await store.purge(accountPath(accountId))
    await reader.get(accountId)
    expect(revision()).toBe(0)
    await clock.advance(10_000)
    expect(revision()).toBeUndefined()
  })

  it('is that of the copy after a gap: the call is served with it if the store can not be read', async () => {
    const { reader, changeFeed, revision } = await fixture()
    await reader.get(accountId)
    changeFeed.tellOfGap()
    expect(revision()).toBe(1)
  })

  it('is not known any more when the copy had to make room, which is behind no longer', async () => {
    const { reader, store, tell, revision } = await fixture({ maxBytes: 1_000 })
    await reader.get(accountId)
    await tell(2)
    // However large it is, an account takes half of the room.
    const others = ['another', 'third'].map(parseAccountId)
    for (const another of others) {
      await putAccount(store, sampleAccount({ accountId: another }))
      await reader.get(another)
    }
    expect([accountId, ...others].map(revision)).toEqual([undefined, 1, 1])
    expect(reader.behind).toBe(0)
  })

  it('is an older one again when the store was restored', async () => {
    const { reader, clock, write, tell, revision } = await fixture()
    await write(5)
    await reader.get(accountId)
    await write(3)
    await tell(6)
    const refreshed = reader.refresh(accountId)
    await clock.advance(2_000)
    await refreshed
    expect([revision(), reader.behind]).toEqual([3, 0])
  })

  it('is known with the time since when it is held, also after the same was read again', async () => {
    const { reader, clock, write, tell } = await fixture()
    const begun = Date.now()
    await reader.get(accountId)
    const first = reader.served(accountId)?.since ?? 0
    expect(first).toBeGreaterThanOrEqual(begun)
    while (Date.now() === first) await new Promise(setImmediate)
    await clock.advance(5 * minute)
    await reader.refresh(accountId)
    expect(reader.served(accountId)?.since).toBe(first)
    await write(2)
    await tell(2)
    await reader.refresh(accountId)
    expect(reader.served(accountId)?.since).toBeGreaterThan(first)
  })
})
