import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, recordPath } from '@mtls-gateway/secret-store'
import { collectGarbage } from '../../src/index.ts'
import { type Fault, MemoryStore } from '../memory-store.ts'
import { newId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const bad = parseAccountId('bad')
const good = parseAccountId('good')
const now = () => 1e12

/** Two accounts with one orphan each; whatever is wrong with one must not keep the other's garbage. */
async function twoAccounts() {
  const store = new MemoryStore()
  const orphans = { bad: recordPath('keys', bad, newId()), good: recordPath('keys', good, newId()) }
  await store.put(orphans.bad, { privateKey: 'k' }, 0)
  await store.put(orphans.good, { privateKey: 'k' }, 0)
  await putAccount(store, sampleAccount({ accountId: bad }))
  await putAccount(store, sampleAccount({ accountId: good }))
  return { store, orphans }
}

describe('garbage collection of an account that is not as it should be', () => {
  it.each<[string, Fault]>([
    ['cannot be reached', 'unavailable'],
    ['is damaged', 'damaged'],
    ['is deleted, but not for good', 'deleted'],
    ['may not be read', 'forbidden'],
  ])('purges nothing and reports it where its document %s', async (_what, fault) => {
    const { store, orphans } = await twoAccounts()
    store.intercept((operation, path) => (operation === 'get' && path === accountPath(bad) ? fault : undefined))

    const report = await collectGarbage({ store, now })

    expect(await store.exists(orphans.bad)).toBe(true)
    expect(await store.exists(orphans.good)).toBe(false)
    expect(report.problems).toEqual([{ account: 'bad', problem: expect.stringMatching(/\w+ \w+.*\.$/) }])
  })

  it('purges nothing and reports it where the document is of another account, or of an unknown format', async () => {
    const { store, orphans } = await twoAccounts()
    const stored = await store.get(accountPath(good))
    await store.put(accountPath(bad), stored?.value ?? {}, 1)
    expect((await collectGarbage({ store, now })).problems).toHaveLength(1)

    await store.put(accountPath(bad), { format: 99 }, 2)
    expect((await collectGarbage({ store, now })).problems).toHaveLength(1)

    expect(await store.exists(orphans.bad)).toBe(true)
  })

  it('purges nothing and reports it where there is no document', async () => {
    const { store, orphans } = await twoAccounts()
    await store.purge(accountPath(bad))

    const report = await collectGarbage({ store, now })

    expect(await store.exists(orphans.bad)).toBe(true)
    expect(report.problems).toEqual([{ account: 'bad', problem: expect.stringContaining('no account document') }])
  })

  it('reports a purge that failed, and the next run makes up for it', async () => {
    const { store, orphans } = await twoAccounts()
    store.intercept((operation, path) => (operation === 'purge' && path === orphans.bad ? 'unavailable' : undefined))

    const report = await collectGarbage({ store, now })
    expect(report.problems).toHaveLength(1)
    expect(report.kinds.keys.purged).toBe(1)

    store.comeBack()
    expect((await collectGarbage({ store, now })).kinds.keys.purged).toBe(1)
    expect(await store.exists(orphans.bad)).toBe(false)
  })

  it('fails as a whole where not even the accounts can be listed', async () => {
    const { store } = await twoAccounts()
    store.goDown()

    await expect(collectGarbage({ store, now })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
