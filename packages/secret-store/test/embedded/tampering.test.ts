import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordFolder, recordPath } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { openAccepted } from './open-accepted.ts'

const account = parseAccountId('acme')
const one = recordPath('keys', account, parseRecordId('one'))
const other = recordPath('keys', account, parseRecordId('other'))
const damaged = expect.objectContaining({ name: 'StoreError', reason: 'damaged' })

/** A closed store with two secrets at version 1, whose rows SQL then changes. It opens if an operator accepts that. */
async function tampered(...statements: readonly string[]): Promise<string> {
  const directory = temporaryDirectory()
  const store = openEmbeddedStore({ directory })
  await store.put(one, { of: 'one' }, 0)
  await store.put(other, { of: 'other' }, 0)
  await store.close()
  const database = new DatabaseSync(join(directory, 'secrets.db'))
  for (const statement of statements) database.exec(statement)
  database.close()
  return directory
}

describe('what was tampered with', () => {
  it('is damaged if two secrets have changed places', async () => {
    const directory = await tampered(
      `UPDATE secrets SET path = 'between' WHERE path = '${one}'`,
      `UPDATE secrets SET path = '${one}' WHERE path = '${other}'`,
      `UPDATE secrets SET path = '${other}' WHERE path = 'between'`,
    )

    const store = openAccepted(directory)
    await expect(store.get(one)).rejects.toEqual(damaged)
    await expect(store.get(other)).rejects.toEqual(damaged)
    await store.close()
  })

  it.each([
    ['has another version number', 'UPDATE secrets SET version = 2', openAccepted],
    [
      'has one byte changed in the text',
      // The byte is random, so it may be the one that is put there.
      `UPDATE secrets SET sealed = CAST(substr(sealed, 1, 30) ||
        CASE hex(substr(sealed, 31, 1)) WHEN '00' THEN x'01' ELSE x'00' END || substr(sealed, 32) AS BLOB)`,
      // The head covers IV, tag and length: the text is read to know that.
      (directory: string) => openEmbeddedStore({ directory }),
    ],
    ['has lost its end', 'UPDATE secrets SET sealed = substr(sealed, 1, length(sealed) - 1)', openAccepted],
    ['has lost all but a few bytes', 'UPDATE secrets SET sealed = substr(sealed, 1, 5)', openAccepted],
    ['has lost everything', "UPDATE secrets SET sealed = x''", openAccepted],
  ])('is damaged if a secret %s, and others are not', async (_fault, statement, open) => {
    const directory = await tampered(`${statement} WHERE path = '${one}'`)

    const store = open(directory)
    await expect(store.get(one)).rejects.toEqual(damaged)
    expect(await store.get(other)).toEqual({ value: { of: 'other' }, version: 1 })
    await store.close()
  })

  it('is damaged if an older content was put back under the newest version number', async () => {
    const directory = await tampered('CREATE TABLE older AS SELECT * FROM secrets')
    const writer = openEmbeddedStore({ directory })
    await writer.put(one, { of: 'one', n: 2 }, 1)
    await writer.close()
    const database = new DatabaseSync(join(directory, 'secrets.db'))
    database.exec(`UPDATE secrets SET sealed = (SELECT sealed FROM older WHERE path = '${one}') WHERE path = '${one}'`)
    database.close()

    const store = openAccepted(directory)
    await expect(store.get(one)).rejects.toEqual(damaged)
    await store.close()
  })

  it('still exists, is listed and can be replaced or purged: no key is needed for that', async () => {
    const directory = await tampered("UPDATE secrets SET sealed = x'00'")

    const store = openAccepted(directory)
    expect(await store.exists(one)).toBe(true)
    expect(await store.list(recordFolder('keys', account))).toHaveLength(2)
    expect(await store.put(one, { of: 'one again' }, 1)).toBe(2)
    expect(await store.get(one)).toEqual({ value: { of: 'one again' }, version: 2 })
    await store.purge(other)
    expect(await store.exists(other)).toBe(false)
    await store.close()
  })

  it('names no secret in the error', async () => {
    const directory = await tampered('UPDATE secrets SET version = 2')

    const store = openAccepted(directory)
    const error = await store.get(one).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'The secret at keys/acme/one is not what was written there.' })
    expect(error).not.toHaveProperty('cause')
    await store.close()
  })

  it('is damaged as a whole, already at open, if the file is no database', async () => {
    const directory = await tampered()
    const path = join(directory, 'secrets.db')
    rmSync(path)
    writeFileSync(path, randomBytes(8192))

    expect(() => openEmbeddedStore({ directory })).toThrow(expect.objectContaining({ code: 'STORE_DAMAGED' }))
  })
})
