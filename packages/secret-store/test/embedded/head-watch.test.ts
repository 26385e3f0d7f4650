import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath, type StoreEvent } from '../../src/index.ts'
import { startChild } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const account = parseAccountId('acme')
const one = recordPath('app-keys', account, parseRecordId('one'))
const other = recordPath('app-keys', account, parseRecordId('other'))
const damaged = expect.objectContaining({ name: 'StoreError', reason: 'damaged' })

function sql(directory: string, statement: string): void {
  const database = new DatabaseSync(join(directory, 'secrets.db'))
  database.exec(statement)
  database.close()
}

describe('a store that is open', () => {
  it('finds what was put back meanwhile, says so once and answers nothing from then on', async () => {
    const directory = temporaryDirectory()
    const { promise: found, resolve } = Promise.withResolvers<StoreEvent>()
    const events: StoreEvent[] = []
    const onEvent = (event: StoreEvent) => {
      events.push(event)
      resolve(event)
    }
    const store = openEmbeddedStore({ directory, recheckMs: 5, onEvent })
    for (let n = 0; n < 250; n++) await store.put(recordPath('keys', account, parseRecordId(`k${n}`)), { n }, 0)
    await store.put(one, { n: 1 }, 0)
    sql(directory, 'CREATE TABLE kept AS SELECT * FROM secrets')
    await store.purge(one)
    expect(events).toEqual([])

    sql(directory, `INSERT INTO secrets SELECT * FROM kept WHERE path = '${one}'`)
    expect(await found).toEqual({ kind: 'mismatch', mismatch: 'rows' })
    await expect(store.get(one)).rejects.toEqual(damaged)
    await expect(store.put(other, {}, 0)).rejects.toEqual(damaged)
    await expect(store.check()).rejects.toEqual(damaged)
    await store.close()
    expect(events).toHaveLength(1)
  })

  it('finds nothing while other processes write', async () => {
    const directory = temporaryDirectory()
    const events: StoreEvent[] = []
    const store = openEmbeddedStore({ directory, recheckMs: 1, onEvent: (event) => events.push(event) })
    const writers = await Promise.all([1, 2].map(() => startChild('increment', directory, 'shared', '150')))
    const ends = writers.map((writer) => once(writer, 'exit'))
    for (const writer of writers) writer.send('go')
    await Promise.all(ends)
    expect(await store.exists(one)).toBe(false)
    await store.close()
    expect(events).toEqual([])
  })

  it('writes nothing on top of a head that is not the last one', async () => {
    const directory = temporaryDirectory()
    const store = openEmbeddedStore({ directory })
    await store.put(one, { n: 1 }, 0)
    sql(directory, 'CREATE TABLE kept AS SELECT * FROM head')
    await store.put(one, { n: 2 }, 1)
    sql(directory, 'UPDATE head SET sealed = (SELECT sealed FROM kept)')

    await expect(store.put(one, { n: 3 }, 2)).rejects.toEqual(damaged)
    await expect(store.purge(one)).rejects.toEqual(damaged)
    expect(await store.get(one)).toEqual({ value: { n: 2 }, version: 2 })
    await store.close()
  })

  it('writes nothing without its file', async () => {
    const directory = temporaryDirectory()
    const store = openEmbeddedStore({ directory })
    await store.put(one, { n: 1 }, 0)
    rmSync(join(directory, 'secrets.head'))

    await expect(store.put(one, { n: 2 }, 1)).rejects.toEqual(damaged)
    await store.close()
  })
})
