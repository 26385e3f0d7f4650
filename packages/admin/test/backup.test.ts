import { randomBytes } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Coordination, openEmbeddedCoordination } from '@mtls-gateway/coordination'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { beginEpoch, readEpoch } from '@mtls-gateway/registry'
import { openEmbeddedStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const account = parseAccountId('le123')
const pathOf = (n: number) => recordPath('keys', account, parseRecordId(`key-${n}`))

let directory: string
let folder: string
let store: SecretStore
let coordination: Coordination

/** A store that a running service has open. */
beforeEach(async () => {
  directory = temporaryDirectory()
  folder = join(temporaryDirectory(), 'backup')
  store = openEmbeddedStore({ directory })
  coordination = openEmbeddedCoordination({ directory, instance: 'forwarder-api' })
  for (let n = 0; n < 20; n++) await store.put(pathOf(n), { privateKey: `key ${n}` }, 0)
})
afterEach(async () => {
  await store.close()
  await coordination.close()
})

const backUp = (...words: string[]) => mtlsAdmin(['backup', folder, ...words], { DATA_DIR: directory })
const restore = (to: string, ...words: string[]) => mtlsAdmin(['restore', folder, ...words], { DATA_DIR: to })
const ownKey = () => ['--master-key-file', join(directory, 'master.key')]

/** How many rows each table of `runtime.db` has. */
function rowsOf(folder: string): Readonly<Record<string, number>> {
  const database = new DatabaseSync(join(folder, 'runtime.db'), { readOnly: true })
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
  const rows = tables.map(({ name }) => {
    return [String(name), database.prepare(`SELECT 1 FROM ${name}`).all().length] as const
  })
  database.close()
  return Object.fromEntries(rows)
}

async function valueIn(restored: string, n: number): Promise<unknown> {
  const opened = openEmbeddedStore({ directory: restored })
  const value = (await opened.get(pathOf(n)))?.value
  await opened.close()
  return value
}

describe('mtls-admin backup', () => {
  it('copies a store that is written to meanwhile, as it was at one moment, and no key', async () => {
    let n = 20
    const writing = setInterval(() => void store.put(pathOf(n++), { privateKey: 'later' }, 0), 1)
    const { exitCode, stdout, stderr } = await backUp()
    clearInterval(writing)

    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining('does not hold the master key'),
    })
    expect(stdout).toMatch(
      /: \d+ secrets, checked \(secrets\.db, secrets\.head, runtime\.db\)\nmaster key: [0-9a-f]{32}\n$/,
    )
    expect(readdirSync(folder).sort()).toEqual(['backup.json', 'runtime.db', 'secrets.db', 'secrets.head'])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  })

  it('holds no notices and no calls of the services, and none of their names', async () => {
    await coordination.changeFeed.append({ account, revision: 1, revoked: [], epoch: '1' })
    const identity = { instance: 'a', service: 'forwarder-api', startedAt: '2026-01-02T03:04:05.000Z' }
    const state = { epoch: () => '1', served: () => undefined, onFailed: () => {} }
    await coordination.presence.join(identity, state).leave()
    expect(rowsOf(directory)).toMatchObject({ notice: 1, notice_epoch: 1, board: 1 })
    await backUp()
    expect(Object.entries(rowsOf(folder)).filter(([, rows]) => rows > 0)).toEqual([['nonce_store', 1]])
  })

  it('copies the runtime.db of an earlier release, which has fewer tables', async () => {
    await coordination.close()
    const database = new DatabaseSync(join(directory, 'runtime.db'))
    for (const table of ['recent_call', 'notice_epoch', 'board']) database.exec(`DROP TABLE ${table}`)
    database.close()
    expect(await backUp()).toMatchObject({ exitCode: 0 })
  })

  it('has the keys only if it is told to, and says so', async () => {
    const { stderr } = await backUp('--with-keys')
    expect(stderr).toContain('whoever has it has every private key')
    expect(readFileSync(join(folder, 'master.key'))).toEqual(readFileSync(join(directory, 'master.key')))
  })

  it('leaves out a master.key that an earlier configuration has left beside a store with MASTER_KEY', async () => {
    const masterKey = readFileSync(join(directory, 'master.key'))
    writeFileSync(join(directory, 'master.key'), randomBytes(32))
    const environment = { DATA_DIR: directory, MASTER_KEY: masterKey.toString('base64') }
    expect(await mtlsAdmin(['backup', folder, '--with-keys'], environment)).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(folder, 'master.key'))).toBe(false)
  })

  it('is refused where something is already, and where there is no store; then nothing is left', async () => {
    await backUp()
    expect(await backUp()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is there already') })
    const other = join(folder, '..', 'other')
    const answer = await mtlsAdmin(['backup', other], { DATA_DIR: temporaryDirectory() })
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('There is no store') })
    expect(existsSync(other)).toBe(false)
  })
})

describe('mtls-admin restore', () => {
  it('puts everything back into an empty directory, so that a service starts on it', async () => {
    await backUp('--with-keys')
    const restored = temporaryDirectory()
    expect(await restore(restored, ...ownKey())).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/: 20 secrets as of .*\nmaster key: [0-9a-f]{32}\n$/),
    })
    expect(await valueIn(restored, 19)).toEqual({ privateKey: 'key 19' })
    expect(readdirSync(restored).sort()).toEqual(['master.key', 'runtime.db', 'secrets.db', 'secrets.head'])
    for (const file of readdirSync(restored)) expect(statSync(join(restored, file)).mode & 0o777).toBe(0o600)
  })

  it('brings the key of the token issuer back where there is none, and keeps the one that is there', async () => {
    const issuerKey = readFileSync(await issuerKeyOf(directory))
    await backUp('--with-keys')
    const [first, second] = [temporaryDirectory(), temporaryDirectory()]
    const { stderr } = await restore(first, ...ownKey())
    expect(stderr).toMatch(/issuer\.key was missing, and is that of the backup: key id [\w-]{43}\./)
    expect(readFileSync(join(first, 'issuer.key'))).toEqual(issuerKey)

    const present = readFileSync(await issuerKeyOf(second))
    const answer = await restore(second, ...ownKey())
    expect(answer).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('issuer.key of the backup is not') })
    expect(readFileSync(join(second, 'issuer.key'))).toEqual(present)
  })

  it('begins a new epoch of the store: what was read from the one that was there is not used again', async () => {
    const { id } = await beginEpoch(store)
    await backUp()
    const restored = temporaryDirectory()
    const { stdout } = await restore(restored, ...ownKey(), '--json')

    const opened = openEmbeddedStore({ directory: restored })
    expect(await readEpoch(opened)).toEqual({ id: JSON.parse(stdout).epoch, previous: id })
    await opened.close()
  })

  it('knows no nonces of before: claims from before the next start are refused', async () => {
    await coordination.close()
    await backUp()
    const restored = temporaryDirectory()
    await restore(restored, ...ownKey())
    const next = openEmbeddedCoordination({ directory: restored, instance: 'forwarder-api' })
    const timestamp = Math.floor(Date.now() / 1_000) - 10
    expect(await next.nonces.claim({ appKey: 'k', nonce: 'n', timestamp })).toBe('before-start')
    await next.close()
  })

  it('puts the counts of uses where RUNTIME_DIR says', async () => {
    await backUp()
    const [restored, runtime] = [temporaryDirectory(), join(temporaryDirectory(), 'runtime')]
    const environment = { DATA_DIR: restored, RUNTIME_DIR: runtime }
    expect(await mtlsAdmin(['restore', folder, ...ownKey()], environment)).toMatchObject({ exitCode: 0 })
    expect(readdirSync(runtime)).toEqual(['runtime.db'])
    expect(readdirSync(restored).sort()).toEqual(['master.key', 'secrets.db', 'secrets.head'])
  })

  it('is refused while a service uses the store, and over a store unless it is forced', async () => {
    await backUp()
    expect(await restore(directory)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') })
    expect(await restore(directory, '--force')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('A service uses'),
    })
    expect(await store.get(pathOf(1))).toMatchObject({ version: 1 })
  })

  it('puts the store that was there aside, with what was changed since the backup', async () => {
    await backUp()
    await store.purge(pathOf(1))
    await store.close()
    await coordination.close()
    const { exitCode, stdout } = await restore(directory, '--force', '--json')
    expect(exitCode).toBe(0)
    expect(await valueIn(directory, 1)).toEqual({ privateKey: 'key 1' })

    const aside: string = JSON.parse(stdout).putAside
    expect(readdirSync(aside).sort()).toEqual(['secrets.db', 'secrets.head'])
    copyFileSync(join(directory, 'master.key'), join(aside, 'master.key'))
    expect(await valueIn(aside, 1)).toBeUndefined()
    expect(await valueIn(aside, 2)).toEqual({ privateKey: 'key 2' })
  })

  it('needs the key from somewhere, and takes it from a file or from MASTER_KEY', async () => {
    await backUp()
    const [first, second, third] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()]
    expect(await restore(first)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--master-key-file') })
    expect(readdirSync(first)).toEqual([])
    expect((await restore(second, ...ownKey())).exitCode).toBe(0)
    expect(await valueIn(second, 3)).toEqual({ privateKey: 'key 3' })

    const masterKey = readFileSync(join(directory, 'master.key'))
    const environment = { DATA_DIR: third, MASTER_KEY: masterKey.toString('base64') }
    expect(await mtlsAdmin(['restore', folder], environment)).toMatchObject({ exitCode: 0 })
    expect(readdirSync(third)).not.toContain('master.key')
    const opened = openEmbeddedStore({ directory: third, masterKey })
    expect((await opened.get(pathOf(3)))?.value).toEqual({ privateKey: 'key 3' })
    await opened.close()
  })

  it('takes no key file that services would not use, as they have MASTER_KEY', async () => {
    await backUp()
    const environment = { DATA_DIR: temporaryDirectory(), MASTER_KEY: randomBytes(32).toString('base64') }
    expect(await mtlsAdmin(['restore', folder, ...ownKey()], environment)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('are different keys'),
    })
  })

  it('is refused if a file of the backup was changed, or another key is given; then nothing is touched', async () => {
    await backUp('--with-keys')
    const changed = join(folder, '..', 'changed')
    cpSync(folder, changed, { recursive: true })
    writeFileSync(join(changed, 'secrets.head'), 'x')
    const restored = temporaryDirectory()
    const answer = await mtlsAdmin(['restore', changed, ...ownKey()], { DATA_DIR: restored })
    expect(answer).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('secrets.head is not what was backed up'),
    })

    const key = join(folder, '..', 'other.key')
    writeFileSync(key, Buffer.alloc(32, 1))
    const other = await restore(restored, '--master-key-file', key)
    expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('another master key') })
    expect(readdirSync(restored)).toEqual([])
  })
})

/** The path of a new one. */
async function issuerKeyOf(dataDir: string): Promise<string> {
  await mtlsAdmin(['token', '--account', 'le123', '--scope', 'mtls:read'], { DATA_DIR: dataDir })
  return join(dataDir, 'issuer.key')
}
