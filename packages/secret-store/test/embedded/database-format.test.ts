import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath, type StoreEvent } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const one = recordPath('app-keys', parseAccountId('acme'), parseRecordId('one'))
const refused = expect.objectContaining({
  code: 'STORE_NEWER',
  message: expect.stringContaining('secrets.db has format'),
})

/** As a later release would: here it has also changed what the head is made of. */
function upgrade(directory: string, format: number, more = ''): void {
  const database = new DatabaseSync(join(directory, 'secrets.db'))
  database.exec(`PRAGMA user_version = ${format}; DELETE FROM head; ${more}`)
  database.close()
}

async function storeOf(directory: string, format?: number, more?: string) {
  const store = openEmbeddedStore({ directory })
  await store.put(one, { secret: 's' }, 0)
  await store.close()
  if (format !== undefined) upgrade(directory, format, more)
}

/** The bytes of both files. SQLite may still move pages from its log to the database. */
function contents(directory: string) {
  const database = new DatabaseSync(join(directory, 'secrets.db'), { readOnly: true })
  const tables = ['sqlite_schema', 'secrets', 'key_check', 'head'].map((name) =>
    database.prepare(`SELECT * FROM ${name}`).all(),
  )
  const format = database.prepare('PRAGMA user_version').get()
  database.close()
  return { tables, format, note: readFileSync(join(directory, 'secrets.head'), 'utf8') }
}

describe('a database of secrets that a later release has changed', () => {
  it('is not opened and not touched', async () => {
    const directory = temporaryDirectory()
    await storeOf(directory, 2)
    const before = contents(directory)
    expect(() => openEmbeddedStore({ directory })).toThrow(refused)
    expect(contents(directory)).toEqual(before)
  })

  it('is refused with the name that the release has left', async () => {
    const directory = temporaryDirectory()
    await storeOf(directory, 3, "CREATE TABLE format (read_by TEXT); INSERT INTO format VALUES ('1.0.0')")
    expect(() => openEmbeddedStore({ directory })).toThrow(
      /has format 3, .*formats up to 1\..* Release 1\.0\.0 or later/,
    )
  })

  it('is refused by a store that is open, which neither writes nor takes it for changed by somebody else', async () => {
    const directory = temporaryDirectory()
    const events: StoreEvent[] = []
    const store = openEmbeddedStore({ directory, recheckMs: 1, onEvent: (event) => events.push(event) })
    await store.put(one, { secret: 's' }, 0)
    upgrade(directory, 2)
    const before = contents(directory)
    await expect(store.get(one)).rejects.toEqual(refused)
    await expect(store.put(one, { secret: 't' }, 1)).rejects.toEqual(refused)
    await expect(store.purge(one)).rejects.toEqual(refused)
    await expect(store.check()).rejects.toEqual(refused)
    // Time for a few looks at the whole store.
    await delay(50)
    await store.close()
    expect(events).toEqual([])
    expect(contents(directory)).toEqual(before)
  })
})

describe('a database of secrets that names its format', () => {
  it('is opened where that is the first one', async () => {
    const directory = temporaryDirectory()
    await storeOf(directory)
    const database = new DatabaseSync(join(directory, 'secrets.db'))
    database.exec('PRAGMA user_version = 1')
    database.close()
    const store = openEmbeddedStore({ directory })
    expect(await store.get(one)).toEqual({ value: { secret: 's' }, version: 1 })
    await store.close()
  })
})
