import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath } from '../../src/index.ts'
import { startChild } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const path = recordPath('keys', parseAccountId('birds'), parseRecordId('canary'))

/** The files that a killed process leaves, by name; read when none of this process's connections is open. */
async function filesAfterKill(directory: string, canary: string): Promise<Map<string, Buffer>> {
  const child = await startChild('leave-canary', directory, canary)
  child.send('go')
  await once(child, 'exit')
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]))
}

describe('at rest', () => {
  it('no secret is readable in any file, nor the master key in one of the database', async () => {
    const canary = randomBytes(24).toString('hex')
    const files = await filesAfterKill(temporaryDirectory(), canary)

    const made = ['master.key', 'secrets.db', 'secrets.db-shm', 'secrets.db-wal', 'secrets.head']
    expect([...files.keys()].sort()).toEqual(made)
    const masterKey = files.get('master.key') ?? Buffer.alloc(0)
    for (const [name, content] of files) {
      expect(content.includes(canary)).toBe(false)
      if (name !== 'master.key') expect(content.includes(masterKey)).toBe(false)
    }
    // What is not secret is found, so the search looks at the right thing.
    expect(files.get('secrets.db-wal')?.includes(path)).toBe(true)
  })

  it('the directory is for the owner alone, and so is each file in it', async () => {
    const directory = join(temporaryDirectory(), 'made', 'here')
    const store = openEmbeddedStore({ directory })
    await store.put(path, { pem: 'x' }, 0)

    expect(statSync(directory).mode & 0o777).toBe(0o700)
    const modes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).mode & 0o777])
    expect(Object.fromEntries(modes)).toEqual({
      'master.key': 0o600,
      'secrets.db': 0o600,
      'secrets.db-shm': 0o600,
      'secrets.db-wal': 0o600,
      'secrets.head': 0o600,
    })
    await store.close()
  })

  it('a purged secret is gone from the file, also in its encrypted form', async () => {
    const directory = temporaryDirectory()
    const file = join(directory, 'secrets.db')
    const writer = openEmbeddedStore({ directory })
    await writer.put(path, { pem: 'x'.repeat(20_000) }, 0)
    await writer.close()
    const database = new DatabaseSync(file, { readOnly: true })
    const sealed = Buffer.from(database.prepare('SELECT sealed FROM secrets').get()?.sealed as Uint8Array)
    database.close()
    const piece = sealed.subarray(-100)
    expect(readFileSync(file).includes(piece)).toBe(true)

    const store = openEmbeddedStore({ directory })
    await store.purge(path)
    await store.close()

    expect(readFileSync(file).includes(piece)).toBe(false)
  })

  it('the same secret looks different each time it is written', async () => {
    const directory = temporaryDirectory()
    const store = openEmbeddedStore({ directory })
    const sealed = new Set<string>()
    for (let round = 0; round < 3; round++) {
      await store.put(path, { pem: 'x' }, 0)
      const database = new DatabaseSync(join(directory, 'secrets.db'), { readOnly: true })
      const row = database.prepare('SELECT sealed FROM secrets').get()
      sealed.add(Buffer.from(row?.sealed as Uint8Array).toString('hex'))
      database.close()
      await store.purge(path)
    }
    await store.close()

    expect(sealed.size).toBe(3)
  })
})
