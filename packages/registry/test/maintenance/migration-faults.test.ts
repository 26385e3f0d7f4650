import { beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, appKeyMacsPath, recordPath } from '@mtls-gateway/secret-store'
import { AccountWriter, migrate, readOrMakeMacKeys } from '../../src/index.ts'
import { addMapping } from '../commands.ts'
import { MemoryChangeFeed } from '../memory-change-feed.ts'
import { type Fault, MemoryStore } from '../memory-store.ts'
import { newId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const [bad, good] = [parseAccountId('bad'), parseAccountId('good')]
const key = recordPath('keys', bad, newId())
let from: MemoryStore
let to: MemoryStore

beforeEach(async () => {
  from = new MemoryStore()
  to = new MemoryStore()
  await from.put(key, { privateKey: 'planted-secret' }, 0)
  await putAccount(from, sampleAccount({ accountId: bad }))
  await putAccount(from, sampleAccount({ accountId: good }))
})

describe('a migration that finds a fault', () => {
  it('names the path of what differs, changes nothing there, and does not copy its account', async () => {
    await to.put(key, { privateKey: 'other' }, 0)

    const report = await migrate({ from, to })

    expect(report.faults).toEqual([{ path: key, problem: expect.stringContaining('differs') }])
    expect(JSON.stringify(report)).not.toContain('planted-secret')
    expect((await to.get(key))?.value).toEqual({ privateKey: 'other' })
    expect(await to.exists(accountPath(bad))).toBe(false)
    expect(await to.exists(accountPath(good))).toBe(true)
  })

  it.each<[Fault]>([['damaged'], ['deleted']])('names the path of what is %s in the source', async (fault) => {
    from.intercept((operation, path) => (operation === 'get' && path === key ? fault : undefined))

    const report = await migrate({ from, to })

    expect(report.faults).toEqual([{ path: key, problem: expect.stringContaining(fault) }])
    expect(await to.exists(accountPath(bad))).toBe(false)
  })

  it('names the path of an account document that cannot be read', async () => {
    await from.put(accountPath(bad), { format: 1 }, 1)

    const report = await migrate({ from, to })

    expect(report.faults).toEqual([{ path: accountPath(bad), problem: expect.stringContaining('damaged') }])
    expect(report.accounts.copied).toBe(1)
  })

  it('names the path of what the target does not give back as it was written', async () => {
    to.intercept(async (operation, path) => {
      if (operation !== 'get' || path !== key || to.count('put', key) !== 1) return undefined
      // Seen once only: the put of this line is the second.
      await to.purge(key)
      return undefined
    })

    const report = await migrate({ from, to })

    expect(report.faults).toEqual([{ path: key, problem: expect.stringContaining('not in the target') }])
  })

  it('does not touch an account that was changed in the target after it was copied', async () => {
    await migrate({ from, to })
    for (const store of [from, to]) {
      const writer = new AccountWriter({ store, changeFeed: new MemoryChangeFeed() })
      const changeId = newId()
      await writer.change(good, changeId, addMapping(changeId, store === from ? 1 : 2))
      await writer.close()
    }
    const before = await to.get(accountPath(good))

    const report = await migrate({ from, to })

    expect(report.faults).toEqual([
      { path: accountPath(good), problem: expect.stringContaining('changed in the target') },
    ])
    expect(await to.get(accountPath(good))).toEqual(before)
  })

  it('ends at once where a store cannot be reached', async () => {
    to.goDown()

    await expect(migrate({ from, to })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('writes nothing where the target has made app keys of its own: it would refuse those of the source', async () => {
    await readOrMakeMacKeys(from)
    await readOrMakeMacKeys(to)
    const writes = to.count('put')

    await expect(migrate({ from, to })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(/^Nothing was copied: .* empty store/),
    })
    expect(to.count('put')).toBe(writes)
  })

  it('stops before the accounts where the target makes its first app key at this moment', async () => {
    await readOrMakeMacKeys(from)
    const other = new MemoryStore()
    await readOrMakeMacKeys(other)
    const made = (await other.get(appKeyMacsPath))?.value ?? {}
    to.intercept(async (operation, path) => {
      if (operation === 'put' && path === appKeyMacsPath && to.count('put') === 1) await to.put(appKeyMacsPath, made, 0)
      return undefined
    })

    await expect(migrate({ from, to })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/^No account was copied: deployment.app-key-macs was written .* Let nobody else/),
    })
    expect((await to.get(appKeyMacsPath))?.value).toEqual(made)
    expect(await to.exists(accountPath(good))).toBe(false)
  })

  it.each([
    ['source', 'STORE_DAMAGED', { keys: [] }],
    ['target', 'STORE_DAMAGED', { keys: [] }],
    ['target', 'STORE_NEWER', { format: 3, readBy: '0.4.0' }],
  ] as const)('writes nothing where the MAC keys of the %s cannot be read: %s', async (side, code, value) => {
    await readOrMakeMacKeys(side === 'source' ? to : from)
    await (side === 'source' ? from : to).put(appKeyMacsPath, value, 0)
    const writes = to.count('put')

    await expect(migrate({ from, to })).rejects.toMatchObject({ code })
    expect(to.count('put')).toBe(writes)
  })
})
