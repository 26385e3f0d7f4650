import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { settle } from '../manual-clock.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, newId, sampleAppKey } from '../sample-account.ts'

describe('what a notice revokes', () => {
  it('stops at once, even while the store is down', async () => {
    const { reader, store, clock, write, tell } = await readerFixture()
    const appKey = sampleAppKey()
    await write(2, { appKeys: [appKey] })
    const copy = await reader.get(accountId)
    store.goDown()
    expect(reader.isRevoked(accountId, appKey.id)).toBe(false)
    await tell(3, [appKey.id])
    expect(reader.isRevoked(accountId, appKey.id)).toBe(true)
    expect(reader.isRevoked(accountId, newId())).toBe(false)
    expect(reader.isRevoked(parseAccountId('other'), appKey.id)).toBe(false)
    await clock.advance(600_000)
    expect(await reader.get(accountId)).toBe(copy)
    expect(reader.isRevoked(accountId, appKey.id)).toBe(true)
  })

  it('is remembered until a copy of that revision is held', async () => {
    const { reader, store, clock, write, tell } = await readerFixture()
    const [first, second] = [newId(), newId()]
    await reader.get(accountId)
    await write(2)
    await tell(2, [first])
    store.goDown()
    await tell(3, [second])
    await reader.get(accountId)
    expect([first, second].map((id) => reader.isRevoked(accountId, id))).toEqual([true, true])
    await clock.advance(1_000)
    store.comeBack()
    const answer = reader.get(accountId)
    await write(3)
    await clock.advance(1_000)
    expect(await answer).toMatchObject({ revision: 3 })
    expect([first, second].map((id) => reader.isRevoked(accountId, id))).toEqual([false, false])
  })

  it('stays revoked in a store that was restored to before it', async () => {
    const { reader, clock, write, tell } = await readerFixture()
    const id = newId()
    await tell(3, [id])
    const answer = reader.get(accountId)
    await clock.advance(1_000)
    expect(await answer).toMatchObject({ revision: 1 })
    expect(reader.isRevoked(accountId, id)).toBe(true)
    await write(3)
    await clock.advance(300_000)
    await reader.get(accountId)
    expect(reader.isRevoked(accountId, id)).toBe(false)
  })

  it('is too much to remember from 1,000 ids on: no copy from before is served then, not even in an outage', async () => {
    const { reader, store, write, tell, clock } = await readerFixture()
    const ids = Array.from({ length: 1_001 }, (_, n) => `id-${n}`)
    await write(2)
    await reader.get(accountId)
    await clock.advance(1)
    const gate = Promise.withResolvers<void>()
    const get = store.get.bind(store)
    store.get = async (path) => {
      store.get = get
      const found = await get(path)
      await gate.promise
      return found
    }
    const early = Promise.resolve(reader.revalidate(accountId)).catch(() => undefined)
    await settle()
    await write(3)
    await tell(3, ids)
    store.goDown()
    gate.resolve()
    await clock.advance(10_000)
    await early
    await expect(Promise.resolve(reader.get(accountId))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    store.comeBack()
    await clock.advance(1_000)
    expect(await reader.get(accountId)).toMatchObject({ revision: 3 })
    expect(reader.fresh(accountId)).toMatchObject({ revision: 3 })
  })

  it('is told to those who hold connections for it', async () => {
    const { reader, tell, write } = await readerFixture()
    const told: unknown[] = []
    reader.onRevoked((account, ids) => told.push([account, ids]))
    await write(3)
    await reader.get(accountId)
    const id = newId()
    await tell(2, [id])
    await tell(3)
    expect(told).toEqual([[accountId, [id]]])
    expect(reader.isRevoked(accountId, id)).toBe(false)
  })
})

describe('a copy that is loaded', () => {
  it('is told to those who keep what it names, each time', async () => {
    const { reader, write, tell } = await readerFixture()
    const revisions: number[] = []
    reader.onLoaded(({ revision }) => revisions.push(revision))
    await reader.get(accountId)
    await write(2)
    await tell(2)
    expect(revisions).toEqual([1])
    await reader.get(accountId)
    await reader.get(accountId)
    expect(revisions).toEqual([1, 2])
  })
})
