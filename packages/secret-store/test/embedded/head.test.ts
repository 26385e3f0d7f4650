import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath, type StoreEvent } from '../../src/index.ts'
import { numbered, writtenPath, writtenPaths } from '../numbered.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { CopiedFiles } from './copied-files.ts'
import { openAccepted, openNewWith, refusedName } from './open-accepted.ts'

const record = recordPath('app-keys', parseAccountId('acme'), parseRecordId('one'))
const refused = (sentence: string) =>
  expect.objectContaining({ code: 'STORE_HEAD_MISMATCH', message: expect.stringContaining(sentence) })
const changed = 'were put back, changed or removed'

let directory: string

beforeEach(async () => {
  directory = temporaryDirectory()
  await write(3)
})

/** Writes one more version of each of four accounts, and a record that is new each time. */
async function write(times: number): Promise<void> {
  const store = openEmbeddedStore({ directory })
  for (let time = 0; time < times; time++) {
    for (const path of writtenPaths) {
      const version = (await store.get(path))?.version ?? 0
      await store.put(path, numbered(version + 1), version)
    }
    await store.purge(record)
    await store.put(record, { time }, 0)
  }
  await store.close()
}

function sql(...statements: readonly string[]): void {
  const database = new DatabaseSync(join(directory, 'secrets.db'))
  for (const statement of statements) database.exec(statement)
  database.close()
}

function expectRefused(sentence: string): void {
  expect(() => openEmbeddedStore({ directory })).toThrow(refused(sentence))
}

async function expectOpens(): Promise<void> {
  const events: StoreEvent[] = []
  await openEmbeddedStore({ directory, onEvent: (event) => events.push(event) }).close()
  expect(events).toEqual([])
}

describe('an embedded store is refused', () => {
  it.each([
    ['a record that was deleted', `path = '${record}'`],
    ['the older version of an account', `path = '${writtenPath}'`],
    ['all older rows', 'true'],
  ])('if %s was put back', async (_what, which) => {
    sql('CREATE TABLE kept AS SELECT * FROM secrets')
    const store = openEmbeddedStore({ directory })
    await store.purge(record)
    await store.close()
    await write(1)
    await expectOpens()

    sql(`REPLACE INTO secrets SELECT * FROM kept WHERE ${which}`)
    expectRefused(changed)
  })

  it.each([
    ['a row was removed', `DELETE FROM secrets WHERE path = '${record}'`],
    ['all rows were removed', 'DELETE FROM secrets'],
    [
      'a row was copied from another path',
      "INSERT INTO secrets SELECT 'accounts/new', version, sealed, written_at FROM secrets WHERE version = 1",
    ],
    ['a row looks younger than it is', `UPDATE secrets SET written_at = written_at + 1 WHERE path = '${record}'`],
    ['a version is larger than a number of JavaScript', 'UPDATE secrets SET version = 9007199254740993'],
  ])('if %s', async (_what, statement) => {
    sql(statement)
    expectRefused(changed)
  })

  it('if the whole database was replaced by an older one, however much older', async () => {
    for (const writes of [1, 2, 20]) {
      const old = new CopiedFiles(directory)
      await write(writes)
      const latest = new CopiedFiles(directory)
      old.putDatabaseBack()
      expectRefused('secrets.db is older than secrets.head')
      latest.putDatabaseBack()
      await expectOpens()
    }
  })

  it('if the one last write was taken back', async () => {
    const old = new CopiedFiles(directory)
    const store = openEmbeddedStore({ directory })
    await store.purge(record)
    await store.close()
    old.putDatabaseBack()
    expectRefused('secrets.db is older than secrets.head')
  })

  it('if the database is of another store with the same master key, or has lost its head', async () => {
    const other = temporaryDirectory()
    const store = openNewWith(readFileSync(join(directory, 'master.key')), other)
    await store.put(record, {}, 0)
    await store.close()
    new CopiedFiles(other).putDatabaseBack(directory)
    expectRefused('come from different stores')

    sql('DELETE FROM head')
    expectRefused('secrets.db has no head')
    sql("INSERT INTO head VALUES (1, x'00')")
    expectRefused('The head in secrets.db is damaged')
  })

  it('if the file beside it is missing, damaged, made with another key, or far older', async () => {
    const file = join(directory, 'secrets.head')
    const old = new CopiedFiles(directory)
    await write(50)
    const latest = readFileSync(file)

    old.putHeadBack()
    expectRefused('secrets.head is older than secrets.db')
    rmSync(file)
    expectRefused('secrets.head is missing')
    for (const damaged of ['', 'null', latest.toString().replace(/ \d+ /, ' 9 '), latest.subarray(0, 50)]) {
      writeFileSync(file, damaged)
      expectRefused('secrets.head is damaged')
    }
    const other = temporaryDirectory()
    await openNewWith(randomBytes(32), other).close()
    new CopiedFiles(other).putHeadBack(directory)
    expectRefused('made with another master key')
    writeFileSync(file, latest)
    await expectOpens()
  })
})

describe('an embedded store that was refused', () => {
  beforeEach(() => sql(`DELETE FROM secrets WHERE path = '${record}'`))

  it('opens as it is for an operator who names this state, says so, and then without the name', async () => {
    const events: StoreEvent[] = []
    const store = openAccepted(directory, (event) => events.push(event))
    expect(await store.get(record)).toBeUndefined()
    expect(await store.get(writtenPath)).toEqual({ value: numbered(3), version: 3 })
    await store.close()
    expect(events).toEqual([{ kind: 'accepted', secrets: 4, mismatch: 'rows' }])
    await expectOpens()
  })

  it('is refused by the name of any other state, so that a name that is left behind accepts nothing', async () => {
    const accept = refusedName(directory)
    const before = new CopiedFiles(directory)
    await openAccepted(directory).close()
    // The rows that were accepted, once more.
    sql("UPDATE secrets SET written_at = 1 WHERE path = 'accounts/b'")
    expect(() => openEmbeddedStore({ directory, accept })).toThrow(refused(changed))
    before.putDatabaseBack()
    expect(() => openEmbeddedStore({ directory, accept })).toThrow(refused('come from different stores'))
  })

  it('can not be used with what was kept from before it was accepted', async () => {
    const before = new CopiedFiles(directory)
    await openAccepted(directory).close()
    await write(1)
    before.putDatabaseBack()
    expectRefused('come from different stores')
  })
})

describe('what nobody can notice, or need not', () => {
  it('is the database put back together with its file', async () => {
    const old = new CopiedFiles(directory)
    await write(2)
    old.putDatabaseBack()
    old.putHeadBack()
    await expectOpens()
  })

  it('is a file that lags a few writes behind, as after a power failure', async () => {
    const old = new CopiedFiles(directory)
    await write(5)
    const latest = readFileSync(join(directory, 'secrets.head'))
    old.putHeadBack()
    await expectOpens()
    expect(readFileSync(join(directory, 'secrets.head'))).toEqual(latest)
  })
})

describe('a store from before there were heads', () => {
  beforeEach(() => {
    sql('DROP TABLE head')
    rmSync(join(directory, 'secrets.head'))
  })

  it('is refused until an operator accepts it: the head may have been removed together with the file', async () => {
    expectRefused('secrets.db has no head')
    const events: StoreEvent[] = []
    const accept = refusedName(directory)
    const store = openEmbeddedStore({ directory, accept, onEvent: (event) => events.push(event) })
    expect(await store.get(writtenPath)).toEqual({ value: numbered(3), version: 3 })
    await store.close()
    expect(events).toEqual([{ kind: 'accepted', secrets: 5, mismatch: 'no-head' }])
    await expectOpens()
    sql(`DELETE FROM secrets WHERE path = '${record}'`)
    expectRefused(changed)
  })

  it('is refused once there was one', async () => {
    const old = new CopiedFiles(directory)
    await openAccepted(directory).close()
    await write(1)
    old.putDatabaseBack()
    expectRefused('secrets.db has no head')
  })
})
