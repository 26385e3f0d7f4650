import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createAppKey, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'

const account = parseAccountId('le123')
const orphan = recordPath('keys', account, parseRecordId('orphan'))
const orphanOfNobody = recordPath('keys', parseAccountId('nobody'), parseRecordId('orphan'))
let directory: string
let store: SecretStore

/** An account with an app key, and another key that no account uses. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'gc-'))
  store = openEmbeddedStore({ directory })
  const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
  const writer = new AccountWriter({ store, changeFeed })
  const [changeId, id, at] = [parseRecordId('change'), parseRecordId('key'), '2026-01-02T03:04:05.000Z']
  await writer.records.put('app-keys', account, id, { secret: 's' })
  const command = createAppKey(
    { changeId, at, actor: 'a', address: '::1' },
    { id, label: 'k', scopes: ['forward'], createdAt: at, expiresAt: null },
  )
  await writer.change(account, changeId, command)
  await writer.close()
  await store.put(orphan, { privateKey: 'k' }, 0)
})

afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

function run(...args: string[]) {
  return mtlsAdmin(['gc', ...args], { DATA_DIR: directory })
}

describe('mtls-admin gc', () => {
  it('leaves alone what is younger than a day, and says so', async () => {
    const { stdout: output, exitCode } = await run()

    expect(exitCode).toBe(0)
    expect(output.trimEnd().split('\n')).toEqual([
      '1 accounts',
      '                 named  too young  purged',
      'keys                 0          1       0',
      'chains               0          0       0',
      'app-keys             1          0       0',
      'webhook-secrets      0          0       0',
      'target-secrets       0          0       0',
      'approvals            0          0       0',
      '0 previous versions dropped',
    ])
    expect(await store.exists(orphan)).toBe(true)
  })

  it('purges what is as old as it is told to', async () => {
    const { stdout: output } = await run('--min-age', '0s', '--json')

    expect(JSON.parse(output)).toMatchObject({ dryRun: false, accounts: 1, kinds: { keys: { named: 0, purged: 1 } } })
    expect(await store.exists(orphan)).toBe(false)
    expect(await store.exists(recordPath('app-keys', account, parseRecordId('key')))).toBe(true)
  })

  it('says in a dry run what it would purge, and purges nothing', async () => {
    const { stdout: output } = await run('--min-age', '0s', '--dry-run')

    expect(output).toMatch(/to purge/)
    expect(output).toMatch(/^keys +0 +0 +1$/m)
    expect(await store.exists(orphan)).toBe(true)
  })

  it('ends with 1 and names the account where one has no document', async () => {
    await store.put(orphanOfNobody, { privateKey: 'k' }, 0)

    const { stdout: output, exitCode } = await run('--min-age', '0s')

    expect(exitCode).toBe(1)
    expect(output).toMatch(/^nobody: .*no account document/m)
    expect(await store.exists(orphanOfNobody)).toBe(true)
  })

  it.each([
    [['--min-age', 'soon'], /--min-age.*It is a number with ms, s, m, h or d/],
    [['--purge-all'], /--purge-all.*--help/s],
  ])('refuses %j', async (args, message) => {
    expect(await run(...args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) })
  })

  it('makes no store where there is none', async () => {
    const answer = await mtlsAdmin(['gc'], { DATA_DIR: join(directory, 'mistyped') })
    expect(answer).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining('DATA_DIR') })
  })
})
