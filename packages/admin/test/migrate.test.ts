import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import {
  accountPath,
  openEmbeddedStore,
  openVaultStore,
  recordKinds,
  recordPath,
  type SecretStore,
} from '@mtls-gateway/secret-store'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { mtlsAdmin } from './invocation.ts'

const describeVault = withTools(describe, 'OpenBao')

const [a, b] = [parseAccountId('a'), parseAccountId('b')]
const id = parseRecordId('id')

/** In the form that the registry stores. */
function accountDocument(accountId: string, revision = 1) {
  const account = { accountId, revision, certificates: [], mappings: [], appKeys: [], changes: [] }
  return { format: 1, account }
}

describeVault('mtls-admin migrate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'migrate-'))
  const mount = `migrate-${randomUUID()}`
  let embedded: SecretStore
  let vault: SecretStore
  let server: VaultServer
  let environment: NodeJS.ProcessEnv

  beforeAll(async () => {
    server = await startVaultServer()
    await server.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    const { address, rootToken } = server
    environment = { DATA_DIR: directory, VAULT_ADDR: address, VAULT_TOKEN: rootToken, VAULT_MOUNT: mount }
    vault = openVaultStore({ address, mount, auth: { kind: 'token', token: async () => rootToken } })
    embedded = openEmbeddedStore({ directory })
    for (const account of [a, b]) {
      for (const kind of recordKinds)
        await embedded.put(recordPath(kind, account, id), { secret: `${kind}/<${account}>` }, 0)
      await embedded.put(accountPath(account), accountDocument(account), 0)
    }
  })
  afterAll(async () => {
    await embedded.close()
    await vault.close()
    await server.stop()
    rmSync(directory, { recursive: true })
  })

  const run = (...args: string[]) => mtlsAdmin(['migrate', ...args], environment)

  it('copies everything into a real Vault', async () => {
    const { stdout: output, exitCode } = await run('--from', 'embedded', '--to', 'vault')

    expect(output.trimEnd().split('\n')).toEqual([
      '          copied  there already',
      'accounts       2              0',
      `records       ${2 * recordKinds.length}              0`,
    ])
    expect(exitCode).toBe(0)
    for (const path of [accountPath(b), ...recordKinds.map((kind) => recordPath(kind, b, id))]) {
      expect((await vault.get(path))?.value).toEqual((await embedded.get(path))?.value)
    }
  })

  it('finds all of it there when it is run again, and the same on the way back', async () => {
    const there = await run('--from', 'embedded', '--to', 'vault', '--json')
    const back = await run('--from', 'vault', '--to', 'embedded', '--json')

    for (const { stdout: output, exitCode } of [there, back]) {
      expect(JSON.parse(output)).toEqual({
        accounts: { copied: 0, present: 2 },
        records: { copied: 0, present: 2 * recordKinds.length },
        faults: [],
        moved: [],
      })
      expect(exitCode).toBe(0)
    }
  })

  it('ends with 1 and names the path of what differs', async () => {
    await embedded.put(accountPath(a), accountDocument(a, 2), 1)

    const { stdout: output, exitCode } = await run('--from', 'embedded', '--to', 'vault')

    expect(exitCode).toBe(1)
    expect(output).toMatch(/^accounts\/a was changed in the target/m)
    expect(output).toContain('run this again')
  })

  it('says that Vault refuses the login', async () => {
    const strange = { ...environment, VAULT_TOKEN: 'none' }

    const answer = await mtlsAdmin(['migrate', '--from', 'embedded', '--to', 'vault'], strange)
    expect(answer).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining('vault store') })
  })
})

describe('mtls-admin migrate, called in a wrong way', () => {
  it.each([
    [[], /required option '--from <store>'/],
    [['--from', 'embedded', '--to', 'redis'], /Allowed choices are embedded, vault/],
    [['--from', 'vault', '--to', 'vault'], /two different stores/],
    [['--from', 'vault', '--to', 'embedded'], /VAULT_ADDR/],
    [['--from', 'embedded', '--to', 'vault'], /DATA_DIR/],
  ])('says what is wrong with %j', async (args, message) => {
    const answer = await mtlsAdmin(['migrate', ...args], { DATA_DIR: join(tmpdir(), randomUUID()) })
    expect(answer).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) })
  })
})
