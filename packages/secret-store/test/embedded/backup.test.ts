import { createSecretKey } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { factsOf } from '../../src/embedded/backup/backup-files.ts'
import { readManifest, writeManifest } from '../../src/embedded/backup/manifest.ts'
import { finishRestore } from '../../src/files/ready-restore.ts'
import { backUpEmbeddedStore, openEmbeddedStore, restoreEmbeddedStore } from '../../src/index.ts'
import { writtenPaths } from '../numbered.ts'
import { race } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { preparedPath, restoreInto, storeWithForeignBackup } from './foreign-backup.ts'

/** A store with values of version 2, and in its folder `backup` those of version 1, under the key of the other. */
let directory: string
let other: string

beforeEach(async () => {
  other = temporaryDirectory()
  directory = await storeWithForeignBackup(temporaryDirectory(), other)
})

/** Those of every value, and of what the last step of a restore writes. */
async function versions(): Promise<readonly (number | undefined)[]> {
  const store = openEmbeddedStore({ directory })
  const found = await Promise.all([...writtenPaths, preparedPath].map(async (path) => (await store.get(path))?.version))
  await store.close()
  return found
}

const ofBackup = [1, 1, 1, 1, 1]
const unfinishedIn = (dataDir: string) =>
  readdirSync(dataDir).filter((name) => /^(restor|backing-up|backup\.lock)/.test(name))
const options = { version: '1.2.3', withKeys: false }

describe('a backup', () => {
  it('is made where nobody else can write, and nothing of it is left there', () => {
    const folder = join(temporaryDirectory(), 'copy')
    let building = ''
    const copyRuntime = (to: string) => {
      building = dirname(to)
      expect([dirname(building), statSync(building).mode & 0o777]).toEqual([other, 0o700])
      expect(readdirSync(dirname(folder))).toEqual([])
      return false
    }
    backUpEmbeddedStore({ directory: other, ...options, copyRuntime }, folder)
    expect(basename(building)).toMatch(/^backing-up-/)
    expect(unfinishedIn(other)).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['backup.json', 'secrets.db', 'secrets.head'])
  })

  it('removes what one has left that was killed: it may hold a key', () => {
    mkdirSync(join(other, 'backing-up-killed'))
    writeFileSync(join(other, 'backing-up-killed', 'master.key'), 'key')
    backUpEmbeddedStore({ directory: other, ...options }, join(temporaryDirectory(), 'copy'))
    expect(existsSync(join(other, 'backing-up-killed'))).toBe(false)
  })

  it('is refused, and leaves nothing, if its runtime.db is not a database', () => {
    const folder = join(temporaryDirectory(), 'copy')
    const copyRuntime = (to: string) => {
      writeFileSync(to, 'not a database, and longer than the header of one '.repeat(20))
      return true
    }
    const backUp = () => backUpEmbeddedStore({ directory: other, ...options, copyRuntime }, folder)
    expect(backUp).toThrow('runtime.db is not a database of SQLite')
    expect(existsSync(folder)).toBe(false)
    expect(unfinishedIn(other)).toEqual([])
  })
})

describe('a restore', () => {
  it('is refused if runtime.db is not a database, also under a MAC that matches', async () => {
    const folder = join(directory, 'backup')
    const { mac: _, ...manifest } = readManifest(folder)
    const file = join(folder, 'runtime.db')
    writeFileSync(file, 'not a database, and longer than the header of one '.repeat(20))
    rmSync(join(folder, 'backup.json'))
    const key = createSecretKey(readFileSync(join(other, 'master.key')))
    writeManifest(folder, { ...manifest, files: { ...manifest.files, 'runtime.db': factsOf(file) } }, key)

    await expect(restoreInto(directory)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(existsSync(join(directory, 'runtime.db'))).toBe(false)
    expect(await versions()).toEqual([2, 2, 2, 2, undefined])
  })

  it('lets no other restore and no backup run beside it, and comes to its end', async () => {
    const folder = join(directory, 'backup')
    const { masterKey } = readManifest(folder)
    const refusals: unknown[] = []
    await restoreEmbeddedStore({
      ...{ folder, directory, replace: true, acceptMasterKey: masterKey },
      prepare: async (store) => {
        await store.put(preparedPath, { n: 1 }, 0)
        refusals.push(await restoreInto(directory).catch((error: unknown) => error))
        try {
          backUpEmbeddedStore({ directory, ...options }, join(directory, 'copy'))
        } catch (error) {
          refusals.push(error)
        }
      },
    })
    const message = expect.stringContaining('Another backup or restore uses')
    expect(refusals).toEqual(
      [message, message].map((each) => expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: each })),
    )
    expect(await versions()).toEqual(ofBackup)
    expect(unfinishedIn(directory)).toEqual([])
  })

  it('is one of several at the same moment, in processes of their own, that leave one store, whole', async () => {
    const said = await race(5, 'restore', directory)
    expect(said).toContain('restored')
    const refusal = /: Another backup or restore uses |: A service uses /
    expect(said.filter((each) => each !== 'restored' && !refusal.test(String(each)))).toEqual([])
    expect(await versions()).toEqual(ofBackup)
    expect(unfinishedIn(directory)).toEqual([])
  })

  it('keeps what one has put aside that was killed, if it is not in place any more', async () => {
    const killed = join(directory, 'restoring-killed')
    mkdirSync(join(killed, 'before-restore-earlier'), { recursive: true })
    writeFileSync(join(killed, 'before-restore-earlier', 'secrets.db-wal'), 'the only copy')
    writeFileSync(join(killed, 'master.key'), 'key')

    await restoreInto(directory)
    expect(readFileSync(join(directory, 'before-restore-earlier', 'secrets.db-wal'), 'utf8')).toBe('the only copy')
    expect(unfinishedIn(directory)).toEqual([])
  })

  it('that is finished removes nothing but its own: a next one may be there by now', () => {
    mkdirSync(join(directory, 'restore-ready', 'next'), { recursive: true })
    finishRestore(directory)
    expect(readdirSync(join(directory, 'restore-ready'))).toEqual(['next'])
  })
})
