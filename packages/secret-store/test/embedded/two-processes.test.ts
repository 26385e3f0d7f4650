import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore } from '../../src/index.ts'
import { race, startChild } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

describe('two processes on one directory', () => {
  it('lose no update of the path that both write', async () => {
    const directory = temporaryDirectory()
    const each = 100

    const versions = await race(2, 'increment', directory, 'shared', String(each))

    const all = versions.flat().map(Number)
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 2 * each }, (_, index) => index + 1))
    const store = openEmbeddedStore({ directory })
    expect(await store.get(accountPath(parseAccountId('shared')))).toEqual({
      value: { count: 2 * each },
      version: 2 * each,
    })
    await store.close()
  })

  it('may both open a database that is not in WAL mode yet, new or restored, while one of them writes', async () => {
    const directory = temporaryDirectory()
    const path = accountPath(parseAccountId('acme'))
    const writer = openEmbeddedStore({ directory })
    await writer.put(path, { text: 'restored' }, 0)
    await writer.close()
    const file = join(directory, 'secrets.db')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA journal_mode = DELETE')
    database.close()
    const holder = await startChild('hold-database', file)

    holder.send('go')
    const store = openEmbeddedStore({ directory })

    expect(await store.get(path)).toEqual({ value: { text: 'restored' }, version: 1 })
    await store.close()
    if (holder.exitCode === null) await once(holder, 'exit')
  })
})
