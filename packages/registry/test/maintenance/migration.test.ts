import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { accountPath, recordKinds, recordPath, type SecretPath } from '@mtls-gateway/secret-store'
import { AccountWriter, migrate } from '../../src/index.ts'
import { addMapping } from '../commands.ts'
import { MemoryChangeFeed } from '../memory-change-feed.ts'
import { MemoryStore } from '../memory-store.ts'
import { largeAccount, newId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

/** One record of each kind, then a document. */
async function fill(store: MemoryStore, account: AccountId): Promise<SecretPath[]> {
  const paths = recordKinds.map((kind) => recordPath(kind, account, newId()))
  for (const path of paths) await store.put(path, { secret: path }, 0)
  await putAccount(store, sampleAccount({ accountId: account }))
  return [...paths, accountPath(account)]
}

async function valuesOf(store: MemoryStore, paths: readonly SecretPath[]) {
  return Promise.all(paths.map(async (path) => (await store.get(path))?.value))
}

const [a, b] = [parseAccountId('a'), parseAccountId('b')]
const secretsOfTwo = 2 * (recordKinds.length + 1)

async function twoAccounts() {
  const [from, to] = [new MemoryStore(), new MemoryStore()]
  const paths = [...(await fill(from, a)), ...(await fill(from, b))]
  return { from, to, paths }
}

describe('migration', () => {
  it('copies every record and document, reads each back, and says how many', async () => {
    const { from, to, paths } = await twoAccounts()

    const report = await migrate({ from, to })

    expect(await valuesOf(to, paths)).toEqual(await valuesOf(from, paths))
    expect(report).toEqual({
      accounts: { copied: 2, present: 0 },
      records: { copied: 2 * recordKinds.length, present: 0 },
      faults: [],
      moved: [],
    })
  })

  it('copies an account that is stored compressed', async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()]
    await putAccount(from, largeAccount({ certificates: 100, mappings: 1_000 }))

    await migrate({ from, to })

    expect(await valuesOf(to, [accountPath(largeAccount().accountId)])).toEqual(
      await valuesOf(from, [accountPath(largeAccount().accountId)]),
    )
  })

  it('writes an account after everything that it names', async () => {
    const { from, to } = await twoAccounts()

    await migrate({ from, to })

    const puts = to.calls.filter(({ operation }) => operation === 'put').map(({ path }) => path)
    for (const account of [a, b]) {
      const mine = puts.filter((path) => path.split('/')[1] === account)
      expect(mine.indexOf(accountPath(account))).toBe(mine.length - 1)
    }
  })

  it.each(Array.from({ length: secretsOfTwo }, (_, n) => n))(
    'broken off after %i writes, names nothing that is not there, and goes on where it ended',
    async (writes) => {
      const { from, to, paths } = await twoAccounts()
      let left = writes
      to.intercept((operation) => (operation === 'put' && left-- <= 0 ? 'unavailable' : undefined))
      await expect(migrate({ from, to })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      to.comeBack()
      for (const account of [a, b]) {
        if (!(await to.exists(accountPath(account)))) continue
        const mine = paths.filter((path) => path.split('/')[1] === account)
        expect(await valuesOf(to, mine)).not.toContain(undefined)
      }

      const report = await migrate({ from, to })

      expect(report.accounts.copied + report.records.copied).toBe(secretsOfTwo - writes)
      expect(report.accounts.present + report.records.present).toBe(writes)
      expect(await valuesOf(to, paths)).toEqual(await valuesOf(from, paths))
    },
  )

  it('goes on after a write whose answer was lost', async () => {
    const { from, to, paths } = await twoAccounts()
    to.failNext('put', 'answer-lost')
    await expect(migrate({ from, to })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })

    expect(await migrate({ from, to })).toMatchObject({ faults: [], moved: [] })
    expect(await valuesOf(to, paths)).toEqual(await valuesOf(from, paths))
  })

  it('tells of its progress by accounts and secrets', async () => {
    const { from, to } = await twoAccounts()
    const seen: unknown[] = []

    await migrate({ from, to, onProgress: (progress) => seen.push(progress) })

    expect(seen.at(-1)).toEqual({ doneAccounts: 2, accounts: 2, secrets: secretsOfTwo })
  })

  it('says which accounts changed meanwhile, and brings them up when it is run again', async () => {
    const { from, to } = await twoAccounts()
    const writer = new AccountWriter({ store: from, changeFeed: new MemoryChangeFeed() })
    const change = async (account: AccountId, id: number) => {
      const changeId = newId()
      await writer.change(account, changeId, addMapping(changeId, id))
    }
    let isCopied = false
    to.intercept(async (operation, path) => {
      if (operation === 'put' && path === accountPath(b) && !isCopied) {
        isCopied = true
        await change(a, 1)
        await change(parseAccountId('new'), 2)
      }
      return undefined
    })

    const report = await migrate({ from, to })
    expect(report.moved).toEqual([
      { account: 'a', copiedRevision: 1, revision: 2 },
      { account: 'new', copiedRevision: 0, revision: 1 },
    ])

    expect(await migrate({ from, to })).toMatchObject({ accounts: { copied: 2, present: 1 }, faults: [], moved: [] })
    expect(await valuesOf(to, [accountPath(a)])).toEqual(await valuesOf(from, [accountPath(a)]))
    await writer.close()
  })
})
