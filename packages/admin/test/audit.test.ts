import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type AccountId, createAppKey, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AccountWriter, newRecordId } from '@mtls-gateway/registry'
import {
  accountPath,
  openEmbeddedStore,
  openSecretStore,
  recordPath,
  type SecretStore,
} from '@mtls-gateway/secret-store'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { mtlsAdmin } from './invocation.ts'

const [whole, damaged] = [parseAccountId('le1'), parseAccountId('le2')]
const segment = recordPath('audit', damaged, parseRecordId('1'))

/** Two accounts with 201 changes each, of which the oldest 100 are in a segment. */
async function fill(store: SecretStore): Promise<void> {
  const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
  const writer = new AccountWriter({ store, changeFeed })
  const fillOne = async (account: AccountId) => {
    for (let n = 0; n < 201; n++) await addAndDrop(writer, account, n)
  }
  await Promise.all([whole, damaged].map(fillOne))
  await writer.close()
}

async function addAndDrop(writer: AccountWriter, account: AccountId, n: number): Promise<void> {
  const [changeId, at] = [newRecordId(), '2026-01-02T03:04:05.000Z']
  await writer.change(account, changeId, (before) => {
    const key = { id: newRecordId(), label: `k${n}`, scopes: ['forward'], createdAt: at, expiresAt: null } as const
    const { account: after } = createAppKey({ changeId, at, actor: 'a', address: '::1' }, key)(before)
    return { account: { ...after, appKeys: [] }, result: undefined, revoked: [] }
  })
}

async function removeEntry(store: SecretStore, revision: number): Promise<void> {
  const stored = await store.get(segment)
  const changes = stored?.value.changes as { revision: number }[]
  // As somebody who may write to the store: records are written once, so it is another one with this name.
  await store.purge(segment)
  await store.put(segment, { changes: changes.filter((change) => change.revision !== revision) }, 0)
}

function behavesAlike(environment: () => NodeJS.ProcessEnv, open: () => SecretStore) {
  const run = (...args: string[]) => mtlsAdmin(['audit', 'verify', ...args], environment())

  it('finds nothing in trails that are whole, and an entry that was removed from the store', async () => {
    const store = open()
    try {
      await fill(store)
      expect(await run()).toEqual({ exitCode: 0, stdout: '2 accounts, 402 entries, 0 faults\n', stderr: '' })
      await removeEntry(store, 42)
    } finally {
      await store.close()
    }
    expect(await run()).toEqual({
      exitCode: 1,
      stdout: '2 accounts, 401 entries, 1 faults\nle2: the entry of revision 42 is missing.\n',
      stderr: '',
    })
    const report = { accountId: 'le2', entries: 200, from: 1, to: 201, unchained: 0 }
    const { exitCode, stdout } = await run('--account', 'le2', '--json')
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      1,
      { accounts: [{ ...report, fault: { revision: 42, finding: 'missing' } }], problems: [] },
    ])
    expect(await run('--account', 'le1')).toMatchObject({ exitCode: 0, stdout: '1 accounts, 201 entries, 0 faults\n' })
  })

  it('finds an account of which only older entries are left, and none by a mistyped name', async () => {
    const store = open()
    try {
      await store.purge(accountPath(whole))
    } finally {
      await store.close()
    }
    const lines = ['le1: the entry of revision 101 is missing.', 'le2: the entry of revision 42 is missing.']
    expect(await run()).toEqual({
      exitCode: 1,
      stdout: `${['2 accounts, 300 entries, 2 faults', ...lines].join('\n')}\n`,
      stderr: '',
    })
    expect(await run('--account', 'mistyped')).toMatchObject({
      exitCode: 1,
      stdout: '1 accounts, 0 entries, 1 faults\nmistyped: the entry of revision 1 is missing.\n',
    })
  })
}

describe('mtls-admin audit verify, of the embedded store', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'audit-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  behavesAlike(
    () => ({ DATA_DIR: directory }),
    () => openEmbeddedStore({ directory }),
  )

  it('makes no store where there is none', async () => {
    const answer = await mtlsAdmin(['audit', 'verify'], { DATA_DIR: join(directory, 'mistyped') })
    expect(answer).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining('DATA_DIR') })
  })
})

withTools(describe, 'OpenBao')('mtls-admin audit verify, of OpenBao', () => {
  let vault: VaultServer
  beforeAll(async () => {
    vault = await startVaultServer()
    await mtlsAdmin(['vault', 'setup'], { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken })
  })
  afterAll(() => vault.stop())

  behavesAlike(
    () => ({
      ...{ SECRET_STORE: 'vault', VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, SINGLE_INSTANCE: 'true' },
      ...{ INTROSPECTION_URL: 'https://login.example/introspect', INTROSPECTION_CLIENT_ID: 'id' },
      INTROSPECTION_CLIENT_SECRET: 'secret',
    }),
    () =>
      openSecretStore({
        ...{ kind: 'vault', address: vault.address, mount: 'mtls-gateway', deadlineMs: 10_000 },
        login: { kind: 'token', token: async () => vault.rootToken },
      }),
  )
})
