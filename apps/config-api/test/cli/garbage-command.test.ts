import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createAppKey, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AccountWriter } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { ProgressBar } from '@mtls-gateway/terminal'
import { garbageCommand } from '../../src/cli/garbage-command.ts'

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
  await writer.putRecord('app-keys', account, id, { secret: 's' })
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
  const bar = new ProgressBar({ write: () => true })
  return garbageCommand(args, { environment: { DATA_DIR: directory }, bar })
}

describe('npm run gc', () => {
  it('leaves alone what is younger than a day, and says so', async () => {
    const { output, exitCode } = await run()

    expect(exitCode).toBe(0)
    expect(output.split('\n')).toEqual([
      '1 accounts',
      '                 named  too young  purged',
      'keys                 0          1       0',
      'chains               0          0       0',
      'app-keys             1          0       0',
      'webhook-secrets      0          0       0',
      '0 previous versions dropped',
    ])
    expect(await store.exists(orphan)).toBe(true)
  })

  it('purges what is as old as it is told to', async () => {
    const { output } = await run('--min-age', '0s', '--json')

    expect(JSON.parse(output)).toMatchObject({ dryRun: false, accounts: 1, kinds: { keys: { named: 0, purged: 1 } } })
    expect(await store.exists(orphan)).toBe(false)
    expect(await store.exists(recordPath('app-keys', account, parseRecordId('key')))).toBe(true)
  })

  it('says in a dry run what it would purge, and purges nothing', async () => {
    const { output } = await run('--min-age', '0s', '--dry-run')

    expect(output).toMatch(/to purge/)
    expect(output).toMatch(/^keys +0 +0 +1$/m)
    expect(await store.exists(orphan)).toBe(true)
  })

  it('ends with 1 and names the account where one has no document', async () => {
    await store.put(orphanOfNobody, { privateKey: 'k' }, 0)

    const { output, exitCode } = await run('--min-age', '0s')

    expect(exitCode).toBe(1)
    expect(output).toMatch(/^nobody: .*no account document/m)
    expect(await store.exists(orphanOfNobody)).toBe(true)
  })

  it.each([
    [['--min-age', 'soon'], 'VALIDATION_FAILED', /--min-age must be/],
    [['--purge-all'], 'VALIDATION_FAILED', /--purge-all.*--help/],
  ])('refuses %j', async (args, code, message) => {
    await expect(run(...args)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('makes no store where there is none', async () => {
    const environment = { DATA_DIR: join(directory, 'mistyped') }
    const bar = new ProgressBar({ write: () => true })

    await expect(garbageCommand([], { environment, bar })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('DATA_DIR'),
    })
  })
})
