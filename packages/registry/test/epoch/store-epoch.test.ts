import { describe, expect, it } from '@jest/globals'
import { storeEpochPath } from '@mtls-gateway/secret-store'
import { beginEpoch, epochBeganAt, readEpoch, readOrBeginEpoch } from '../../src/store-epoch.ts'
import { MemoryStore } from '../memory-store.ts'

describe('the epoch of a store', () => {
  it('is none until the first one begins, which all who begin it at once share', async () => {
    const store = new MemoryStore()
    expect(await readEpoch(store)).toBeUndefined()
    const before = Date.now()
    const begun = await Promise.all([1, 2, 3].map(() => readOrBeginEpoch(store)))
    expect(new Set(begun.map(({ id }) => id)).size).toBe(1)
    expect(await readEpoch(store)).toEqual({ ...begun[0], previous: undefined })
    expect(epochBeganAt(begun[0]?.id)).toBeGreaterThanOrEqual(before)
  })

  it('is followed by another one, which names it and is greater, however fast', async () => {
    const store = new MemoryStore()
    const ids = [(await readOrBeginEpoch(store)).id]
    for (let n = 0; n < 5; n++) {
      const { id, previous } = await beginEpoch(store)
      expect(previous).toBe(ids.at(-1))
      ids.push(id)
    }
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(6)
    expect(await readOrBeginEpoch(store)).toMatchObject({ id: ids.at(-1) })
  })

  it('is greater than the one before if that was begun by a clock that was ahead', async () => {
    const store = new MemoryStore()
    const ahead = `${Date.now() + 3_600_000}-00000000`
    await store.put(storeEpochPath, { epoch: ahead }, 0)
    expect((await beginEpoch(store)).id > ahead).toBe(true)
  })

  it('stays if what was asked for has happened meanwhile', async () => {
    const store = new MemoryStore()
    const known = await readOrBeginEpoch(store)
    const next = await beginEpoch(store, ({ id }) => id !== known.id)
    expect(next.previous).toBe(known.id)
    expect(await beginEpoch(store, ({ id }) => id !== known.id)).toEqual(next)
  })

  it('can be begun over one that is damaged, which is not read', async () => {
    const store = new MemoryStore()
    await store.put(storeEpochPath, { epoch: 7 }, 0)
    await expect(readEpoch(store)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await beginEpoch(store)).toEqual({ id: expect.any(String), previous: undefined })
  })

  it('is neither read nor replaced if it has a later format', async () => {
    const store = new MemoryStore()
    await store.put(storeEpochPath, { format: 2, epoch: 'x' }, 0)
    for (const asking of [readEpoch(store), beginEpoch(store)]) {
      await expect(asking).rejects.toMatchObject({ code: 'STORE_NEWER' })
    }
  })

  it('is not begun in a store that is away', async () => {
    const store = new MemoryStore()
    store.goDown()
    await expect(beginEpoch(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is given up after a conflict with nothing: what is deleted in Vault is neither there nor can it be written anew', async () => {
    const store = new MemoryStore()
    store.failNext('put', 'conflict')
    await expect(beginEpoch(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(store.count('put')).toBe(1)
  })

  it('is none from before, if the store is put back to an older copy while it begins', async () => {
    const store = new MemoryStore()
    await readOrBeginEpoch(store)
    const putBack = store.backup()
    await beginEpoch(store)
    store.intercept((operation) => {
      if (operation === 'put') putBack()
      return undefined
    })
    await expect(beginEpoch(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(store.count('put')).toBe(3)
  })

  it('is the one that another process begins at the same time', async () => {
    const store = new MemoryStore()
    const first = await readOrBeginEpoch(store)
    const begun = await Promise.all([1, 2, 3].map(() => beginEpoch(store)))
    expect(new Set(begun.map(({ id }) => id)).size).toBe(1)
    expect(begun[0]?.previous).toBe(first.id)
    expect(await readEpoch(store)).toEqual(begun[0])
  })
})
