import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedStore, rotateMasterKey, type StoreEvent } from '../../src/index.ts'
import { numbered, writtenPath, writtenPaths } from '../numbered.ts'
import { race, startChild } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { CopiedFiles } from './copied-files.ts'
import { preparedPath, restoreInto, storeWithForeignBackup } from './foreign-backup.ts'

/** Far more than there are. */
const mostSteps = 80
const files = ['master.key', 'secrets.db', 'secrets.head']
/** One process per step. */
const timeoutMs = 180_000

async function closedStore(): Promise<string> {
  const directory = temporaryDirectory()
  const store = openEmbeddedStore({ directory })
  for (const path of writtenPaths) await store.put(path, numbered(1), 0)
  await store.close()
  return directory
}

/** Whether the process finished instead of being killed before the step. */
async function endsBefore(step: number, directory: string, what: string): Promise<boolean> {
  const child = await startChild('end-at-step', directory, what, String(step))
  const ended = once(child, 'exit')
  child.send('go')
  const [code, signal] = await ended
  expect([code, signal]).toEqual(code === 0 ? [0, null] : [null, 'SIGKILL'])
  return code === 0
}

/** Looks at every directory that a crash has left, each from the same store. Resolves with their number. */
async function crashEverywhere(of: string, what: string, look: (directory: string) => Promise<void>): Promise<number> {
  for (let step = 1; step < mostSteps; step++) {
    const directory = temporaryDirectory()
    cpSync(of, directory, { recursive: true })
    const isDone = await endsBefore(step, directory, what)
    await look(directory)
    if (isDone) return step - 1
  }
  throw new Error('it never came to its end')
}

/** Opens it without anyone's leave, and writes on. */
async function expectSound(
  directory: string,
  versions: readonly (number | undefined)[],
): Promise<readonly StoreEvent[]> {
  const events: StoreEvent[] = []
  const store = openEmbeddedStore({ directory, onEvent: (event) => events.push(event) })
  const version = (await store.get(writtenPath))?.version
  expect(versions).toContain(version)
  await store.put(writtenPath, numbered(9), version ?? 0)
  await store.close()
  await openEmbeddedStore({ directory }).close()
  return events
}

describe('a rotation of the master key that is killed before any step', () => {
  it(
    'leaves a store that opens with all that was in it, and is finished when it is run again',
    async () => {
      const seen = new Set<boolean>()
      const crashes = await crashEverywhere(await closedStore(), 'rotate', async (directory) => {
        const again = temporaryDirectory()
        cpSync(directory, again, { recursive: true })
        seen.add(existsSync(join(directory, 'master.key.next')))
        expect(await expectSound(directory, [1])).toEqual([])

        if (existsSync(join(again, 'master.key.next'))) rotateMasterKey({ directory: again })
        expect(existsSync(join(again, 'master.key.next'))).toBe(false)
        expect(await expectSound(again, [1])).toEqual([])
      })
      // At least: both keys, begin, four rows, check, head, commit, file of the head, rename.
      expect(crashes).toBeGreaterThanOrEqual(12)
      expect(seen).toEqual(new Set([true, false]))
    },
    timeoutMs,
  )
})

describe('a restore that is killed before any step', () => {
  /** What is in the directory, as a service finds it: 2, the store that was there, or 1, that of the backup. */
  async function versionIn(directory: string): Promise<number | undefined> {
    const store = openEmbeddedStore({ directory })
    const versions = await Promise.all(writtenPaths.map(async (path) => (await store.get(path))?.version))
    const isPrepared = (await store.get(preparedPath)) !== undefined
    await store.close()
    expect(new Set(versions).size).toBe(1)
    expect(isPrepared).toBe(versions[0] === 1)
    expect(existsSync(join(directory, 'issuer.key'))).toBe(versions[0] === 1)
    return versions[0]
  }

  it(
    'leaves the store that was there, or all of the one in the backup and the other beside it; it can be run again',
    async () => {
      const versions: (number | undefined)[] = []
      const unfinished: string[] = []
      const of = await storeWithForeignBackup(temporaryDirectory(), temporaryDirectory())
      const crashes = await crashEverywhere(of, 'restore', async (directory) => {
        if (existsSync(join(directory, 'restore-ready', 'secrets.db'))) {
          const copy = temporaryDirectory()
          cpSync(directory, copy, { recursive: true })
          unfinished.push(copy)
        }
        const version = await versionIn(directory)
        versions.push(version)
        const asides = readdirSync(directory).filter((name) => name.startsWith('before-restore-'))
        expect(await Promise.all(asides.map((name) => versionIn(join(directory, name))))).toEqual(
          version === 1 ? [2] : [],
        )
        rmSync(join(directory, 'issuer.key'), { force: true })
        await restoreInto(directory)
        expect(await versionIn(directory)).toBe(1)
        expect(readdirSync(directory).filter((name) => /^restor/.test(name))).toEqual([])
      })
      // At least: staging, three files with their copies, head and commit, links, the name, and five moves.
      expect(crashes).toBeGreaterThanOrEqual(20)
      expect(versions).toEqual([...versions].sort().reverse())
      expect(new Set(versions)).toEqual(new Set([1, 2]))

      // Services that start at the same moment finish it together.
      expect(unfinished.length).toBeGreaterThanOrEqual(3)
      for (const directory of unfinished) {
        await race(5, 'first-start', directory)
        expect(await versionIn(directory)).toBe(1)
      }
    },
    2 * timeoutMs,
  )
})

describe('a process that is killed before any step of a write', () => {
  it.each([
    ['put', [1, 2]],
    ['purge', [1, undefined]],
  ])(
    'leaves a store that opens, of before or after it: %s',
    async (what, versions) => {
      const crashes = await crashEverywhere(await closedStore(), what, async (directory) => {
        expect(await expectSound(directory, versions)).toEqual([])
      })
      // At least: begin, row, head, commit, file.
      expect(crashes).toBeGreaterThanOrEqual(5)
    },
    timeoutMs,
  )

  it(
    'leaves no store in which the write before it can be taken back',
    async () => {
      const directory = await closedStore()
      const older = new CopiedFiles(directory)
      const store = openEmbeddedStore({ directory })
      await store.put(writtenPath, numbered(2), 1)
      await store.close()

      await crashEverywhere(directory, 'put', async (crashed) => {
        older.putDatabaseBack(crashed)
        expect(() => openEmbeddedStore({ directory: crashed })).toThrow('secrets.db is older than secrets.head')
      })
    },
    timeoutMs,
  )

  it(
    'leaves a first start that the next one completes',
    async () => {
      const crashes = await crashEverywhere(temporaryDirectory(), 'put', async (crashed) => {
        expect(await expectSound(crashed, [undefined, 1])).toEqual([])
        expect(
          readdirSync(crashed)
            .filter((name) => !name.endsWith('.tmp'))
            .sort(),
        ).toEqual(files)
      })
      expect(crashes).toBeGreaterThanOrEqual(15)
    },
    timeoutMs,
  )
})
