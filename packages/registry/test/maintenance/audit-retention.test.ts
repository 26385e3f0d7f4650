import { describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { recordPath } from '@mtls-gateway/secret-store'
import { purgeOldAudit } from '../../src/index.ts'
import { MemoryStore } from '../memory-store.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const dayMs = 86_400_000
const segment = (first: number) => recordPath('audit', accountId, parseRecordId(String(first)))

/** An account with two segments, each written at the store's time 0. */
async function storeWithSegments() {
  const store = new MemoryStore()
  await putAccount(store, sampleAccount())
  for (const first of [1, 101]) await store.put(segment(first), { changes: [] }, 0)
  return store
}

describe('the retention of audit trails', () => {
  it('purges the segments that are older, and leaves everything else', async () => {
    const store = await storeWithSegments()
    const writtenAt = (await store.writtenAt(segment(1))) ?? 0
    expect(await purgeOldAudit({ store, keptMs: 30 * dayMs, now: () => writtenAt + 29 * dayMs })).toBe(0)
    expect(await purgeOldAudit({ store, keptMs: 30 * dayMs, now: () => writtenAt + 30 * dayMs })).toBe(2)
    expect(await store.exists(segment(1))).toBe(false)
    expect(await purgeOldAudit({ store, keptMs: 0 })).toBe(0)
  })

  it('ends when it is told to', async () => {
    const store = await storeWithSegments()
    expect(await purgeOldAudit({ store, keptMs: 0, signal: AbortSignal.abort() })).toBe(0)
    expect(await store.exists(segment(101))).toBe(true)
  })

  it('leaves no hole when it ends early, which would look as if somebody had removed entries', async () => {
    const store = await storeWithSegments()
    const firsts = [1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1001, 1101]
    // Stores list names, not numbers.
    for (const first of firsts.slice(2).map(String).sort().map(Number))
      await store.put(segment(first), { changes: [] }, 0)
    const ending = new AbortController()
    const purge = store.purge.bind(store)
    let purged = 0
    store.purge = async (path) => {
      await purge(path)
      if (++purged === 3) ending.abort()
    }
    expect(await purgeOldAudit({ store, keptMs: 0, signal: ending.signal })).toBe(3)
    const left = await Promise.all(firsts.map(async (first) => ((await store.exists(segment(first))) ? [first] : [])))
    expect(left.flat()).toEqual(firsts.slice(3))
  })

  it('says that the store is away', async () => {
    const store = await storeWithSegments()
    store.failNext('list', 'unavailable')
    await expect(purgeOldAudit({ store, keptMs: 0 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
