import { randomBytes } from 'node:crypto'
import { copyFileSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore, type StoreEvent } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { CopiedFiles } from './copied-files.ts'
import { openNewWith, refusedName } from './open-accepted.ts'

const path = accountPath(parseAccountId('acme'))
const missing = expect.objectContaining({
  code: 'STORE_MISSING',
  message: expect.stringContaining('There is a master key, but no store'),
})
const files = ['secrets.db', 'secrets.db-shm', 'secrets.db-wal', 'secrets.head']

let directory: string

beforeEach(async () => {
  directory = temporaryDirectory()
  const store = openEmbeddedStore({ directory })
  await store.put(path, { n: 1 }, 0)
  await store.close()
})

const remove = (...names: readonly string[]) => {
  for (const name of names) rmSync(join(directory, name), { force: true })
}

describe('a start that finds a master key and no store', () => {
  it.each([
    ['all files of the store are deleted', () => remove(...files)],
    ['the database is deleted', () => remove('secrets.db')],
    ['the database is empty', () => truncateSync(join(directory, 'secrets.db'), 0)],
    [
      'the database is empty, and its head file deleted',
      () => {
        truncateSync(join(directory, 'secrets.db'), 0)
        remove('secrets.head')
      },
    ],
  ])('is refused, again and again: %s', (_what, lose) => {
    lose()
    for (let start = 0; start < 2; start++) expect(() => openEmbeddedStore({ directory })).toThrow(missing)
    expect(() => openEmbeddedStore({ directory })).toThrow('start both services with EMBEDDED_STORE_ACCEPT=')
  })

  it('is refused with a master key of the configuration in an empty directory', () => {
    expect(() => openEmbeddedStore({ directory: temporaryDirectory(), masterKey: randomBytes(32) })).toThrow(missing)
  })

  it('goes on with a restored backup', async () => {
    const backup = new CopiedFiles(directory)
    remove(...files)
    expect(() => openEmbeddedStore({ directory })).toThrow(missing)
    backup.putDatabaseBack()
    backup.putHeadBack()
    const store = openEmbeddedStore({ directory })
    expect(await store.get(path)).toEqual({ value: { n: 1 }, version: 1 })
    await store.close()
  })

  it('begins a new store for an operator who says so, and says that it did', async () => {
    remove(...files)
    const accept = refusedName(directory)
    const events: StoreEvent[] = []
    const store = openEmbeddedStore({ directory, accept, onEvent: (event) => events.push(event) })
    expect(await store.get(path)).toBeUndefined()
    await store.put(path, { n: 2 }, 0)
    await store.close()
    expect(events).toEqual([{ kind: 'accepted', secrets: 0, mismatch: 'no-store' }])
    await openEmbeddedStore({ directory }).close()
  })

  it('does not take a setting that was left behind for the next store that is lost', async () => {
    remove(...files)
    const accept = refusedName(directory)
    await openEmbeddedStore({ directory, accept }).close()
    remove(...files)
    expect(() => openEmbeddedStore({ directory, accept })).toThrow(missing)
  })
})

describe('a store that is lost while it is open', () => {
  it.each([
    ['deleted', () => renameSync(join(directory, 'secrets.db'), join(directory, 'gone'))],
    [
      'replaced',
      () => {
        copyFileSync(join(directory, 'secrets.db'), join(directory, 'other'))
        renameSync(join(directory, 'secrets.db'), join(directory, 'gone'))
        renameSync(join(directory, 'other'), join(directory, 'secrets.db'))
      },
    ],
  ])('takes no change that would be lost with the process: %s', async (_how, lose) => {
    const damaged = expect.objectContaining({ name: 'StoreError', reason: 'damaged' })
    const events: StoreEvent[] = []
    const store = openEmbeddedStore({ directory, onEvent: (event) => events.push(event) })
    await store.check()
    lose()
    await expect(store.put(path, { n: 2 }, 1)).rejects.toEqual(damaged)
    await expect(store.purge(path)).rejects.toEqual(damaged)
    await expect(store.check()).rejects.toEqual(damaged)
    expect(await store.get(path)).toEqual({ value: { n: 1 }, version: 1 })
    expect(events).toEqual([{ kind: 'mismatch', mismatch: 'no-store' }])

    renameSync(join(directory, 'gone'), join(directory, 'secrets.db'))
    expect(await store.put(path, { n: 2 }, 1)).toBe(2)
    await store.close()
  })
})

describe('a first start', () => {
  it('leaves nothing that would let a later one pass for a first one', () => {
    expect(readdirSync(directory).sort()).toEqual(['master.key', 'secrets.db', 'secrets.head'])
  })

  it('is not one where only the key was put back', () => {
    const other = temporaryDirectory()
    copyFileSync(join(directory, 'master.key'), join(other, 'master.key'))
    expect(() => openEmbeddedStore({ directory: other })).toThrow(missing)
  })

  it('is one with a key of the configuration, if the operator says so', async () => {
    const masterKey = randomBytes(32)
    await openNewWith(masterKey, `${directory}-new`).close()
    await openEmbeddedStore({ directory: `${directory}-new`, masterKey }).close()
    rmSync(`${directory}-new`, { recursive: true })
  })
})

describe('a database that was cut', () => {
  it.each([15, 100, 4_096, 5_000, 12_288])('after %i bytes is refused with one sentence', (size) => {
    truncateSync(join(directory, 'secrets.db'), size)
    expect(() => openEmbeddedStore({ directory })).toThrow(
      expect.objectContaining({
        code: 'STORE_DAMAGED',
        message: expect.stringMatching(
          /^The embedded store in \S+ can't be opened: secrets\.db \(.+\)\. Restore a backup/,
        ),
      }),
    )
  })
})
