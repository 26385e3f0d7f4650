import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { appKeyMacsPath, openEmbeddedStore } from '@mtls-gateway/secret-store'
import { migrate, readMacKeys, readOrMakeMacKeys } from '../../src/index.ts'
import { MemoryStore } from '../memory-store.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('the MAC keys of app keys', () => {
  it('are none until the first app key is made', async () => {
    expect(await readMacKeys(new MemoryStore())).toEqual([])
  })

  it('are made once, by whichever of many processes comes first', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mac-keys-'))
    closers.push(() => rmSync(directory, { recursive: true }))
    const stores = Array.from({ length: 4 }, () => openEmbeddedStore({ directory }))
    for (const store of stores) closers.push(() => store.close())

    const made = await Promise.all([...stores, ...stores].map((store) => readOrMakeMacKeys(store)))

    expect(made[0]?.newest).toMatchObject({ number: 1 })
    expect(made[0]?.newest.key).toHaveLength(32)
    for (const each of made) expect(each).toEqual(made[0])
    for (const store of stores) {
      expect(await readMacKeys(store)).toEqual(made[0]?.all)
      expect(await store.get(appKeyMacsPath)).toMatchObject({ version: 1 })
    }
  })

  it('are read and not made where they are, the last one for new app keys', async () => {
    const store = new MemoryStore()
    const key = (byte: number) => Buffer.alloc(32, byte)
    const keys = [1, 2].map((number) => ({ number, key: key(number).toString('base64') }))
    await store.put(appKeyMacsPath, { keys }, 0)

    const { all, newest } = await readOrMakeMacKeys(store)

    expect(all).toEqual([1, 2].map((number) => ({ number, key: key(number) })))
    expect(newest.number).toBe(2)
    expect(store.count('put')).toBe(1)
  })

  it('are those that were written, also where the answer to the write was lost', async () => {
    const store = new MemoryStore()
    store.failNext('put', 'answer-lost')
    await expect(readOrMakeMacKeys(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const written = await readMacKeys(store)
    expect(written).toHaveLength(1)
    expect((await readOrMakeMacKeys(store)).all).toEqual(written)
  })

  it.each([
    [{}],
    [{ keys: [] }],
    [{ keys: [null] }],
    [{ keys: [{ number: 0, key: Buffer.alloc(32).toString('base64') }] }],
    [{ keys: [{ number: 256, key: Buffer.alloc(32).toString('base64') }] }],
    [{ keys: [{ number: 1, key: 'c2hvcnQ=' }] }],
  ])('that cannot be used are damage, and are not made anew: %j', async (value) => {
    const store = new MemoryStore()
    await store.put(appKeyMacsPath, value, 0)
    await expect(readMacKeys(store)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    await expect(readOrMakeMacKeys(store)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(await store.get(appKeyMacsPath)).toEqual({ value, version: 1 })
  })

  it.each(['unavailable', 'forbidden'] as const)('are an outage where the store is %s', async (fault) => {
    const store = new MemoryStore()
    store.goDown(fault)
    await expect(readMacKeys(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(readOrMakeMacKeys(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('are copied by a migration, which changes none that the target has', async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()]
    const { all } = await readOrMakeMacKeys(from)
    expect(await migrate({ from, to })).toMatchObject({ records: { copied: 1, present: 0 }, faults: [] })
    expect(await readMacKeys(to)).toEqual(all)

    const stored = await to.get(appKeyMacsPath)
    const added = { number: 2, key: Buffer.alloc(32, 2).toString('base64') }
    const keys = [...Object(stored?.value).keys, added]
    await to.put(appKeyMacsPath, { keys }, 1)
    expect(await migrate({ from, to })).toMatchObject({ records: { copied: 0, present: 1 }, faults: [] })
    expect((await to.get(appKeyMacsPath))?.value).toEqual({ keys })
  })
})
