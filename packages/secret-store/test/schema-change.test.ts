import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath } from '../src/index.ts'
import { openAccepted } from './open-accepted.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const path = recordPath('keys', parseAccountId('birds'), parseRecordId('old'))
const other = recordPath('keys', parseAccountId('birds'), parseRecordId('new'))

/** A directory left by a version of the gateway that kept no times and no head. */
async function directoryWithoutTimes(): Promise<string> {
  const directory = temporaryDirectory()
  const store = openEmbeddedStore({ directory })
  await store.put(path, { text: 'kept' }, 0)
  await store.close()
  const database = new DatabaseSync(join(directory, 'secrets.db'))
  database.exec('ALTER TABLE secrets DROP COLUMN written_at; DROP TABLE head')
  database.close()
  rmSync(join(directory, 'secrets.head'))
  return directory
}

describe('a database that was made before the store kept times', () => {
  it('is opened, and its secrets count as written then, not longer ago', async () => {
    const directory = await directoryWithoutTimes()
    const before = Date.now()
    const store = openAccepted(directory)
    const after = Date.now()
    await store.put(other, {}, 0)

    expect(await store.get(path)).toEqual({ value: { text: 'kept' }, version: 1 })
    const time = (await store.writtenAt(path)) ?? 0
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(after)
    expect(await store.writtenAt(other)).toBeGreaterThanOrEqual(time)
    await store.close()
  })

  it('keeps the time that it was given when it is opened again', async () => {
    const directory = await directoryWithoutTimes()
    const first = openAccepted(directory)
    const time = await first.writtenAt(path)
    await first.close()

    const again = openEmbeddedStore({ directory })
    expect(await again.writtenAt(path)).toBe(time)
    await again.close()
  })
})
