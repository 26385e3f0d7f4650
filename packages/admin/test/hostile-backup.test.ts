import { execFileSync, fork } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { generateIssuerKey } from '@mtls-gateway/request-auth'
import { accountPath, openEmbeddedStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const path = accountPath(parseAccountId('le123'))

/** The deployment, its keyless backup, and an empty directory to restore it to. */
let directory: string
let folder: string
let restored: string

beforeEach(async () => {
  directory = await deployment('ours')
  restored = temporaryDirectory()
  folder = join(temporaryDirectory(), 'backup')
  await mtlsAdmin(['backup', folder], { DATA_DIR: directory })
})

async function deployment(owner: string): Promise<string> {
  const dataDir = temporaryDirectory()
  const store = openEmbeddedStore({ directory: dataDir })
  await store.put(path, { owner }, 0)
  await store.close()
  return dataDir
}

const restore = (...words: string[]) => mtlsAdmin(['restore', folder, ...words], { DATA_DIR: restored })
const withOwnKey = () => restore('--master-key-file', join(directory, 'master.key'))

async function expectRefused(answer: Promise<{ exitCode: number; stderr: string }>, sentence: string): Promise<void> {
  const before = contentOf(restored)
  expect(await answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(sentence) })
  expect(contentOf(restored)).toEqual(before)
}

function contentOf(dataDir: string): Readonly<Record<string, string>> {
  return Object.fromEntries(readdirSync(dataDir).map((name) => [name, digestOf(join(dataDir, name))]))
}

async function ownerIn(dataDir: string): Promise<unknown> {
  const store = openEmbeddedStore({ directory: dataDir })
  const { owner } = (await store.get(path))?.value ?? {}
  await store.close()
  return owner
}

/** JSON as an attacker can read and write it. */
interface Json {
  [name: string]: string | number | Json
}

function changeManifest(change: (manifest: Json, files: Json) => void): void {
  const file = join(folder, 'backup.json')
  const manifest: Json = JSON.parse(readFileSync(file, 'utf8'))
  change(manifest, manifest.files as Json)
  writeFileSync(file, JSON.stringify(manifest))
}

function digestOf(file: string): string {
  return hash('sha256', readFileSync(file), 'hex')
}

const factsOf = (file: string) => ({ size: statSync(file).size, sha256: digestOf(file) })

/** The words that accept the key of a backup, from the answer that refuses it. */
function acceptance(stderr: string): string[] {
  return /--accept-master-key [0-9a-f]{32}/.exec(stderr)?.[0].split(' ') ?? []
}

describe('what lies beside the files of a backup', () => {
  it('is never restored, and named: keys, journals of SQLite, names in another case', async () => {
    const names = ['issuer.key', 'master.key', 'runtime.db', 'secrets.db-wal', 'Secrets.db', 'notes.txt']
    for (const name of names) writeFileSync(join(folder, name), generateIssuerKey())

    const { exitCode, stderr } = await withOwnKey()
    expect(exitCode).toBe(0)
    for (const name of names) expect(stderr).toContain(`"${name}"`)
    expect(readdirSync(restored).sort()).toEqual(['master.key', 'secrets.db', 'secrets.head'])
    expect(digestOf(join(restored, 'master.key'))).toBe(digestOf(join(directory, 'master.key')))
    expect(await ownerIn(restored)).toBe('ours')
  })
})

describe('a backup into a folder that others may write to', () => {
  it('vouches for nothing that they put in the place of the unfinished one, whenever they do', async () => {
    const parent = temporaryDirectory()
    const script = fileURLToPath(new URL('children/swap-at-step.ts', import.meta.url))
    expect(await once(fork(script, [directory, parent], { execArgv: [] }), 'exit')).toEqual([0, null])

    const backups = readdirSync(parent).filter((name) => existsSync(join(parent, name, 'backup.json')))
    for (const name of backups) {
      const { files } = JSON.parse(readFileSync(join(parent, name, 'backup.json'), 'utf8'))
      expect([name, Object.keys(files)]).toEqual([name, ['secrets.db', 'secrets.head']])
    }
    const swapped = backups.filter((name) => existsSync(join(parent, name, 'issuer.key')))
    expect(swapped.length).toBeGreaterThanOrEqual(5)
    for (const name of swapped) {
      folder = join(parent, name)
      restored = temporaryDirectory()
      const { exitCode, stderr } = await withOwnKey()
      // A file that was being written when its folder was replaced is not complete in the other one.
      if (exitCode !== 0) expect(stderr).toMatch(/secrets\.\w+ is not what was backed up/)
      else expect([stderr, await ownerIn(restored)]).toEqual([expect.stringContaining('"issuer.key"'), 'ours'])
      const files = exitCode === 0 ? ['master.key', 'secrets.db', 'secrets.head'] : []
      expect(readdirSync(restored).sort()).toEqual(files)
    }
  })
})

describe('the manifest of a backup', () => {
  it.each<[what: string, change: (manifest: Json, files: Json) => void]>([
    ['its time', (manifest) => Object.assign(manifest, { createdAt: '2020-01-01T00:00:00.000Z' })],
    ['its release', (manifest) => Object.assign(manifest, { version: '9.9.9' })],
    ['the store that it is of', (manifest) => Object.assign(manifest, { store: '0'.repeat(32) })],
    ['the number of secrets', (manifest) => Object.assign(manifest, { secrets: 0 })],
    ['its MAC', (manifest) => Object.assign(manifest, { mac: '0'.repeat(64) })],
    [
      'a key that is added, with its size and digest',
      (_, files) => {
        writeFileSync(join(folder, 'issuer.key'), generateIssuerKey())
        files['issuer.key'] = factsOf(join(folder, 'issuer.key'))
      },
    ],
    [
      'a database that is replaced, with its size and digest',
      (_, files) => {
        writeFileSync(join(folder, 'secrets.db'), randomBytes(4096))
        files['secrets.db'] = factsOf(join(folder, 'secrets.db'))
      },
    ],
  ])('can not be changed by who has not the master key: %s', async (_, change) => {
    changeManifest(change)
    await expectRefused(withOwnKey(), 'its MAC does not match')
  })

  it.each([
    ['../issuer.key'],
    ['/etc/passwd'],
    ['Issuer.key'],
    ['secrets.db/'],
    ['secrets.db-wal'],
    ['backup.json'],
    ['__proto__'],
  ])('lists no file by a name that no backup has: %s', async (name) => {
    const file = join(folder, 'backup.json')
    const added = `"files":{${JSON.stringify(name)}:{"size":1,"sha256":"${'0'.repeat(64)}"},`
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"files": *\{/, added))
    await expectRefused(withOwnKey(), 'is not one that mtls-admin backup has written')
  })

  it('counts once with a file that it lists twice: as its reader sees it', async () => {
    const file = join(folder, 'backup.json')
    const last = `"secrets.db":{"size":1,"sha256":"${'0'.repeat(64)}"}`
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\}\s*\},\s*"mac"/, `},${last}},"mac"`))
    await expectRefused(withOwnKey(), 'its MAC does not match')
  })

  it.each([
    ['something else than JSON', 'x', 'There is no backup'],
    ['no object', '[]', 'is not one that mtls-admin backup has written'],
    ['endless', ' '.repeat(100_000), 'more than it can have'],
  ])('is refused if it is %s', async (_, content, sentence) => {
    writeFileSync(join(folder, 'backup.json'), content)
    await expectRefused(withOwnKey(), sentence)
  })

  it('of format 1, which nobody has authenticated, is refused; its files can be put into place by hand', async () => {
    changeManifest((manifest, files) => {
      manifest.format = 1
      for (const name of Object.keys(files)) files[name] = digestOf(join(folder, name))
      delete manifest.mac
    })
    await expectRefused(withOwnKey(), 'See "Backups of format 1" in docs/upgrades.md')

    for (const name of ['secrets.db', 'secrets.head']) copyFileSync(join(folder, name), join(restored, name))
    copyFileSync(join(directory, 'master.key'), join(restored, 'master.key'))
    expect(await ownerIn(restored)).toBe('ours')
  })
})

describe('a file of a backup', () => {
  const replaceBy = (make: (file: string, kept: string) => void) => {
    const [file, kept] = [join(folder, 'secrets.db'), join(folder, '..', 'kept')]
    renameSync(file, kept)
    make(file, kept)
  }

  it('is not followed if it is a link, even to the very bytes that were backed up', async () => {
    replaceBy((file, kept) => symlinkSync(kept, file))
    await expectRefused(withOwnKey(), 'secrets.db is not a regular file')
  })

  it.each(['backup.json', 'secrets.head'])('is not followed if it is a link: %s', async (name) => {
    renameSync(join(folder, name), join(folder, '..', name))
    symlinkSync(join(folder, '..', name), join(folder, name))
    await expectRefused(withOwnKey(), `${name} is not a regular file`)
  })

  it.each<[kind: string, make: (file: string) => void]>([
    ['a pipe that nobody writes to', (file) => execFileSync('mkfifo', [file])],
    ['a directory', (file) => mkdirSync(file)],
    ['a link to a device', (file) => symlinkSync('/dev/zero', file)],
  ])('is refused, without waiting, if it is %s', async (_, make) => {
    replaceBy(make)
    await expectRefused(withOwnKey(), 'secrets.db is not a regular file')
  })

  it('may be a hard link of whoever owns the backup, and of nobody else', async () => {
    replaceBy((file, kept) => linkSync(kept, file))
    expect(await withOwnKey()).toMatchObject({ exitCode: 0 })
    // Only root can make such a link here; on many systems anybody can.
    if (process.getuid?.() !== 0) return
    restored = temporaryDirectory()
    chownSync(join(folder, 'secrets.db'), 1_234, 1_234)
    await expectRefused(withOwnKey(), 'secrets.db is a hard link to a file of another user')
  })

  it.each<[how: string, change: (file: string) => void]>([
    ['longer than it was, by a terabyte of nothing', (file) => truncateSync(file, 2 ** 40)],
    ['shorter', (file) => truncateSync(file, 100)],
    ['missing', (file) => rmSync(file)],
  ])('is refused if it is %s', async (_, change) => {
    change(join(folder, 'secrets.db'))
    await expectRefused(withOwnKey(), 'secrets.db is ')
  })
})

describe('a backup with a master key in it', () => {
  /** As whoever may write to the folder of backups can make it, with a store and keys of their own. */
  async function replaceBackup(): Promise<void> {
    const theirs = await deployment('theirs')
    writeFileSync(join(theirs, 'issuer.key'), generateIssuerKey())
    rmSync(folder, { recursive: true })
    await mtlsAdmin(['backup', folder, '--with-keys'], { DATA_DIR: theirs })
  }

  it('is not taken for ours into an empty directory, unless the operator names that key', async () => {
    await replaceBackup()
    await expectRefused(restore(), 'nothing else shows who has made it')

    const words = acceptance((await restore()).stderr)
    expect(await restore(...words)).toMatchObject({ exitCode: 0 })
    expect(await ownerIn(restored)).toBe('theirs')
  })

  it('is refused if the operator gives a key', async () => {
    await replaceBackup()
    await expectRefused(withOwnKey(), 'made with another master key')
    const masterKey = readFileSync(join(directory, 'master.key')).toString('base64')
    const answer = mtlsAdmin(['restore', folder], { DATA_DIR: restored, MASTER_KEY: masterKey })
    await expectRefused(answer, 'made with another master key')
  })

  it('does not replace the master key of another deployment, also with --force, unless both are named', async () => {
    await replaceBackup()
    const stdout = (await mtlsAdmin(['backup', join(folder, '..', 'ours')], { DATA_DIR: directory })).stdout
    const ours = /master key: ([0-9a-f]{32})/.exec(stdout)?.[1] ?? ''
    cpSync(directory, restored, { recursive: true })
    await expectRefused(restore('--force'), `(${ours}) would be replaced by the master key of the backup`)
    await expectRefused(restore('--force', '--accept-master-key', ours), `and not ${ours}`)

    const words = acceptance((await restore('--force')).stderr)
    const { stdout: report, stderr } = await restore('--force', ...words, '--json')
    expect(stderr).toContain('The backup is of another store')
    expect(await ownerIn(restored)).toBe('theirs')
    expect(await ownerIn(JSON.parse(report).putAside)).toBe('ours')
  })

  it('puts a master key that it replaces aside where there is no store, too', async () => {
    await replaceBackup()
    copyFileSync(join(directory, 'master.key'), join(restored, 'master.key'))
    const words = acceptance((await restore()).stderr)
    const { stdout } = await restore(...words, '--json')
    expect(digestOf(join(JSON.parse(stdout).putAside, 'master.key'))).toBe(digestOf(join(directory, 'master.key')))
  })

  it('takes its key from the directory if that is the same one', async () => {
    rmSync(folder, { recursive: true })
    await mtlsAdmin(['backup', folder, '--with-keys'], { DATA_DIR: directory })
    restored = directory
    expect(await restore('--force')).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(directory, 'master.key'))).toBe(true)
    expect(await ownerIn(directory)).toBe('ours')
  })

  it('does not bring a master.key into a directory whose services use MASTER_KEY', async () => {
    rmSync(folder, { recursive: true })
    await mtlsAdmin(['backup', folder, '--with-keys'], { DATA_DIR: directory })
    const masterKey = readFileSync(join(directory, 'master.key')).toString('base64')
    const answer = mtlsAdmin(['restore', folder], { DATA_DIR: restored, MASTER_KEY: masterKey })
    expect(await answer).toMatchObject({ exitCode: 0 })
    expect(existsSync(join(restored, 'master.key'))).toBe(false)
  })
})
