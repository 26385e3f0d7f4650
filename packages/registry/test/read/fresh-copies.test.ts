import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

async function fixture(options: Parameters<typeof readerFixture>[0] = {}) {
  const parts = await readerFixture(options)
  const { reader } = parts
  reader.keepFresh()
  const revision = (account = accountId) => reader.served(account)?.revision
  return { ...parts, revision }
}

const minute = 60_000

describe('a forwarder', () => {
  it('reads an account that it holds when it hears of a change, without any call', async () => {
    const { clock, reader, write, tell, revision } = await fixture()
    await reader.get(accountId)
    await write(2)
    await tell(2)
    await clock.advance(0)
    expect(revision()).toBe(2)
    await reader.stop()
  })

  it('reads an account past its time without any call, and so serves a change whose notice was lost', async () => {
    const { clock, reader, reads, write, revision } = await fixture()
    await reader.get(accountId)
    await write(2)
    await clock.advance(5 * minute - 1_000)
    expect([reads(), revision()]).toEqual([1, 1])
    await clock.advance(12_000)
    expect([reads(), revision()]).toEqual([2, 2])
    await reader.stop()
  })

  it('does not read at once all that a gap invalidated, but each account when it is past its time', async () => {
    const { changeFeed, clock, reader, reads, write, revision } = await fixture()
    await reader.get(accountId)
    await write(2)
    changeFeed.tellOfGap()
    await clock.advance(5 * minute - 1_000)
    expect(reads()).toBe(1)
    await clock.advance(12_000)
    expect(revision()).toBe(2)
    await reader.stop()
  })

  it('reads an account for as long after its last call as the stale limit says, and then serves no copy of it', async () => {
    const { clock, reader, reads, store, revision } = await fixture({ staleLimitMs: 30 * minute })
    await reader.get(accountId)
    await clock.advance(20 * minute)
    expect(reader.get(accountId)).toMatchObject({ revision: 1 })
    await clock.advance(29 * minute)
    expect(revision()).toBe(1)
    // One each 5 minutes, as late as 10 s more.
    expect(reads()).toBeGreaterThanOrEqual(9)
    await clock.advance(7 * minute)
    const before = reads()
    expect([revision(), reader.behind]).toEqual([undefined, 0])
    await clock.advance(30 * minute)
    expect(reads()).toBe(before)
    // It says that it serves none, so it must not serve the copy that it has.
    store.goDown()
    await expect(reader.get(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await reader.stop()
  })

  it('serves the older revision while the newer one can not be read, and tries again each second', async () => {
    const { clock, reader, reads, store, write, tell, revision } = await fixture()
    await reader.get(accountId)
    await write(2)
    store.goDown()
    await tell(2)
    await clock.advance(5_000)
    expect(revision()).toBe(1)
    expect(reads()).toBeGreaterThanOrEqual(5)
    store.comeBack()
    await clock.advance(1_200)
    expect(revision()).toBe(2)
    await reader.stop()
  })

  it('reads any number of accounts, 32 at a time', async () => {
    const { changeFeed, clock, reader, store, revision } = await fixture()
    const accounts = Array.from({ length: 100 }, (_, n) => parseAccountId(`a${n}`))
    const change = (account: AccountId, revision: number) =>
      putAccount(store, sampleAccount({ accountId: account, revision }))
    for (const account of accounts) {
      await change(account, 1)
      await reader.get(account)
    }
    for (const account of accounts) await change(account, 2)
    await clock.advance(1_000)
    const { reached, release } = store.hold('get')
    const before = store.count('get')
    for (const account of accounts) await changeFeed.append({ account, revision: 2, revoked: [] })
    await clock.advance(100)
    await reached
    await clock.advance(300)
    expect(store.count('get') - before).toBe(32)
    release()
    await clock.advance(500)
    expect(store.count('get') - before).toBe(100)
    expect(accounts.map(revision)).toEqual(accounts.map(() => 2))
    await reader.stop()
  })

  it('reads nothing any more without a call once it is stopped', async () => {
    const { clock, reader, reads, write, tell } = await fixture()
    await reader.get(accountId)
    await reader.stop()
    await write(2)
    await tell(2)
    await clock.advance(10 * minute)
    expect(reads()).toBe(1)
  })
})
