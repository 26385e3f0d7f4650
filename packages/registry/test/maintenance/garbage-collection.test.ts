import { describe, expect, it } from '@jest/globals'
import { type Account, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { accountPath, type RecordKind, recordPath } from '@mtls-gateway/secret-store'
import { collectGarbage } from '../../src/index.ts'
import { MemoryStore } from '../memory-store.ts'
import { accountId, newId, sampleAccount, sampleAppKey, sampleCertificate } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

const hourMs = 3_600_000
const now = () => 48 * hourMs

/** An account that names a certificate and an app key, written two days ago. */
async function storeWithAccount() {
  const store = new MemoryStore()
  const certificate = sampleCertificate('c1')
  const appKey = sampleAppKey()
  const { keyId, versionId } = certificate.current
  await store.put(recordPath('keys', accountId, keyId), { privateKey: 'k' }, 0)
  await store.put(recordPath('chains', accountId, versionId), { leaf: 'l', chain: [] }, 0)
  await store.put(recordPath('app-keys', accountId, appKey.id), { secret: 's' }, 0)
  await putAccount(store, sampleAccount({ certificates: [certificate], appKeys: [appKey] }))
  const named = [
    recordPath('keys', accountId, keyId),
    recordPath('chains', accountId, versionId),
    recordPath('app-keys', accountId, appKey.id),
  ]
  return { store, named }
}

async function putOrphan(store: MemoryStore, kind: RecordKind, account = accountId) {
  const path = recordPath(kind, account, newId())
  await store.put(path, { text: 'x' }, 0)
  return path
}

describe('garbage collection', () => {
  it('purges what the account does not name, of every kind but audit, and nothing else', async () => {
    const { store, named } = await storeWithAccount()
    const orphans = await Promise.all(
      (['keys', 'chains', 'app-keys', 'webhook-secrets', 'target-secrets', 'approvals'] as const).map((kind) =>
        putOrphan(store, kind),
      ),
    )
    const audit = await putOrphan(store, 'audit')

    const report = await collectGarbage({ store, now })

    for (const path of orphans) expect(await store.exists(path)).toBe(false)
    for (const path of [...named, audit, accountPath(accountId)]) expect(await store.exists(path)).toBe(true)
    expect(report).toEqual({
      accounts: 1,
      kinds: {
        keys: { named: 1, young: 0, purged: 1 },
        chains: { named: 1, young: 0, purged: 1 },
        'app-keys': { named: 1, young: 0, purged: 1 },
        'webhook-secrets': { named: 0, young: 0, purged: 1 },
        'target-secrets': { named: 0, young: 0, purged: 1 },
        approvals: { named: 0, young: 0, purged: 1 },
      },
      previousVersions: 0,
      problems: [],
    })
  })

  it('leaves alone what is not older than a day: its account may be about to name it', async () => {
    const { store } = await storeWithAccount()
    store.time = 24 * hourMs + 1
    const young = await putOrphan(store, 'keys')

    const report = await collectGarbage({ store, now })
    expect(await store.exists(young)).toBe(true)
    expect(report.kinds.keys).toEqual({ named: 1, young: 1, purged: 0 })

    await collectGarbage({ store, now, minAgeMs: 0 })
    expect(await store.exists(young)).toBe(false)
  })

  it('sees what the account begins to name after it was listed', async () => {
    const { store } = await storeWithAccount()
    const certificate = sampleCertificate('late')
    const path = recordPath('keys', accountId, certificate.current.keyId)
    await store.put(path, { privateKey: 'k' }, 0)
    let isNamed = false
    store.intercept(async (operation, asked) => {
      if (operation === 'get' && asked === accountPath(accountId) && !isNamed) {
        isNamed = true
        await putAccount(store, sampleAccount({ certificates: [certificate] }))
      }
      return undefined
    })

    await collectGarbage({ store, now })

    expect(isNamed).toBe(true)
    expect(await store.exists(path)).toBe(true)
  })

  it('keeps what a field names that only a later version of the gateway knows', async () => {
    const { store } = await storeWithAccount()
    const id = newId()
    const later = { ...sampleAccount(), settings: { webhooks: [{ secretId: id }] } } as unknown as Account
    await store.put(recordPath('webhook-secrets', accountId, id), { secret: 's' }, 0)
    await putAccount(store, later)

    const report = await collectGarbage({ store, now })

    expect(report.kinds['webhook-secrets']).toEqual({ named: 1, young: 0, purged: 0 })
  })

  it('does not take the log of changes for a name', async () => {
    const { store } = await storeWithAccount()
    const id = parseRecordId('gone')
    await store.put(recordPath('app-keys', accountId, id), { secret: 's' }, 0)
    const [change] = sampleAccount().changes
    if (change) await putAccount(store, sampleAccount({ changes: [{ ...change, subjects: [id] }] }))

    await collectGarbage({ store, now })

    expect(await store.exists(recordPath('app-keys', accountId, id))).toBe(false)
  })

  it('counts and purges nothing in a dry run', async () => {
    const { store } = await storeWithAccount()
    const orphan = await putOrphan(store, 'chains')

    const report = await collectGarbage({ store, now, dryRun: true })

    expect(report.kinds.chains).toEqual({ named: 1, young: 0, purged: 1 })
    expect(await store.exists(orphan)).toBe(true)
    expect(store.count('purge')).toBe(0)
  })

  it('tells of its progress and ends before the next account when it is told to', async () => {
    const store = new MemoryStore()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await putOrphan(store, 'keys', parseAccountId(name))
    const ending = new AbortController()
    const seen: number[][] = []

    const report = await collectGarbage({
      store,
      now,
      signal: ending.signal,
      onProgress: (done, accounts) => {
        seen.push([done, accounts])
        ending.abort()
      },
    })

    expect(seen[0]).toEqual([1, 6])
    expect(report.accounts).toBeLessThan(6)
  })
})
