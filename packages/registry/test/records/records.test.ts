import { describe, expect, it } from '@jest/globals'
import { recordPath } from '@mtls-gateway/secret-store'
import { readRecord } from '../../src/records/records.ts'
import { ManualClock } from '../manual-clock.ts'
import type { MemoryStore } from '../memory-store.ts'
import { accountId, newId } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

const key = { privateKey: '-----BEGIN PRIVATE KEY-----' }

describe('a record', () => {
  it('is written once and read back', async () => {
    const { writer, store } = writerFixture()
    const id = newId()
    expect(await readRecord(store, 'keys', accountId, id)).toBeUndefined()
    expect(await writer.records.exists('keys', accountId, id)).toBe(false)
    await writer.records.put('keys', accountId, id, key)
    expect(await readRecord(store, 'keys', accountId, id)).toEqual(key)
    expect(await writer.records.exists('keys', accountId, id)).toBe(true)
    expect(await writer.records.list('keys', accountId)).toEqual([id])
  })

  it.each(['answer-lost', 'unavailable'] as const)('is written again after "%s"', async (fault) => {
    const { writer, store } = writerFixture()
    const id = newId()
    store.failNext('put', fault)
    await writer.records.put('keys', accountId, id, key)
    expect(await store.get(recordPath('keys', accountId, id))).toEqual({ value: key, version: 1 })
    expect(store.count('put')).toBe(2)
  })

  it('is never written over another of the same id', async () => {
    const { writer, store } = writerFixture()
    const id = newId()
    await writer.records.put('keys', accountId, id, key)
    const again = writer.records.put('keys', accountId, id, { privateKey: 'other' })
    await expect(again).rejects.toMatchObject({ name: 'StoreError', reason: 'conflict' })
    expect(await readRecord(store, 'keys', accountId, id)).toEqual(key)
  })

  it('that can not be written for 10 s is answered STORE_UNAVAILABLE', async () => {
    const clock = new ManualClock()
    const { writer, store } = writerFixture({ clock })
    store.goDown()
    const outcome = writer.records.put('keys', accountId, newId(), key).catch((error: unknown) => error)
    await clock.advance(11_000)
    expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterSeconds: 5 })
  })

  it('that is not what its kind keeps is damaged', async () => {
    const { store } = writerFixture()
    const id = newId()
    await store.put(recordPath('keys', accountId, id), { privateKey: 7 }, 0)
    await store.put(recordPath('chains', accountId, id), { leaf: 'pem', chain: [1] }, 0)
    for (const kind of ['keys', 'chains'] as const) {
      await expect(readRecord(store, kind, accountId, id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    }
  })

  it('that was replaced stays for a moment, for whoever has an older copy of the account', async () => {
    const clock = new ManualClock()
    const { writer } = writerFixture({ clock })
    const [replaced, left] = [newId(), newId()]
    for (const id of [replaced, left]) await writer.records.put('keys', accountId, id, key)
    writer.records.purgeReplaced([{ kind: 'keys', accountId, id: replaced }])
    await clock.advance(5_000)
    expect(await writer.records.exists('keys', accountId, replaced)).toBe(true)
    writer.records.purgeReplaced([{ kind: 'keys', accountId, id: left }])
    await clock.advance(5_000)
    expect(await writer.records.list('keys', accountId)).toEqual([left])
    await writer.close()
    await clock.advance(10_000)
    expect(await writer.records.list('keys', accountId)).toEqual([left])
  })

  it('is not said to be missing while the store can not tell', async () => {
    const { writer, store } = writerFixture()
    store.goDown('forbidden')
    for (const asked of [writer.records.exists('keys', accountId, newId()), writer.records.list('keys', accountId)]) {
      await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
  })
})

/** In how many turns of the event loop the store was asked, where it takes 2 ms each time and waits for nothing. */
async function turnsOf(store: MemoryStore, method: 'put' | 'purge', work: () => Promise<unknown>): Promise<number> {
  const own = store[method].bind(store) as (...args: unknown[]) => Promise<never>
  const turns = new Set<number>()
  let turn = 0
  const counting = setInterval(() => turn++, 0)
  store[method] = async (...args: unknown[]) => {
    for (const until = performance.now() + 2; performance.now() < until; );
    turns.add(turn)
    return own(...args)
  }
  await work().finally(() => clearInterval(counting))
  return turns.size
}

describe('many records', () => {
  it('are written and purged in turns with everything else, where the store waits for nothing', async () => {
    const { writer, store } = writerFixture()
    const records = Array.from({ length: 40 }, () => ({ kind: 'keys' as const, accountId, id: newId() }))
    const put = () => Promise.all(records.map(({ id }) => writer.records.put('keys', accountId, id, key)))
    expect(await turnsOf(store, 'put', put)).toBeGreaterThan(5)
    expect(await turnsOf(store, 'purge', () => writer.records.purge(records))).toBeGreaterThan(5)
    expect([store.count('put'), store.count('purge')]).toEqual([40, 40])
  })
})

describe('purging records', () => {
  it('purges the others where the store refuses some', async () => {
    const { writer, store } = writerFixture()
    const records = Array.from({ length: 30 }, () => ({ kind: 'keys' as const, accountId, id: newId() }))
    for (const { id } of records) await writer.records.put('keys', accountId, id, key)
    store.failNext('purge', 'forbidden', 'forbidden')
    await writer.records.purge(records)
    const there = await Promise.all(records.map(({ id }) => writer.records.exists('keys', accountId, id)))
    expect(there.filter(Boolean)).toHaveLength(2)
  })

  it('are left to garbage collection while the store is away, which is waited for once', async () => {
    const { writer, store } = writerFixture()
    const records = Array.from({ length: 100 }, () => ({ kind: 'keys' as const, accountId, id: newId() }))
    store.goDown()
    await writer.records.purge(records)
    expect(store.count('purge')).toBeLessThanOrEqual(8)
  })
})
