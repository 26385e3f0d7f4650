import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedStore, rotateMasterKey, type StoreEvent } from '../../src/index.ts'
import { numbered, writtenPath, writtenPaths } from '../numbered.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

async function filled(directory: string, masterKey?: Uint8Array): Promise<void> {
  const store = openEmbeddedStore({ directory, masterKey, accept: undefined })
  for (const path of writtenPaths) await store.put(path, numbered(1), 0)
  await store.close()
}

describe('the master key', () => {
  it('is replaced by a new one, which alone opens what is there; the old one stays for backups', async () => {
    const directory = temporaryDirectory()
    await filled(directory)
    const before = readFileSync(join(directory, 'master.key'))

    expect(rotateMasterKey({ directory })).toBe(writtenPaths.length)

    expect(readFileSync(join(directory, 'master.key'))).not.toEqual(before)
    expect(readFileSync(join(directory, 'master.key.old'))).toEqual(before)
    expect(statSync(join(directory, 'master.key.old')).mode & 0o777).toBe(0o600)
    expect(existsSync(join(directory, 'master.key.next'))).toBe(false)
    const store = openEmbeddedStore({ directory })
    for (const path of writtenPaths) expect(await store.get(path)).toEqual({ value: numbered(1), version: 1 })
    await store.close()
    copyFileSync(join(directory, 'master.key.old'), join(directory, 'master.key'))
    expect(() => openEmbeddedStore({ directory })).toThrow(expect.objectContaining({ code: 'MASTER_KEY_WRONG' }))
  })

  it('is taken up by whoever has the store open, for reading and writing, and is no mismatch to who watches it', async () => {
    const directory = temporaryDirectory()
    await filled(directory)
    const events: StoreEvent[] = []
    const onEvent = (event: StoreEvent) => void events.push(event)
    const [reader, writer] = [openEmbeddedStore({ directory, recheckMs: 1, onEvent }), openEmbeddedStore({ directory })]
    await reader.get(writtenPath)
    for (let version = 1; version < 4; version++) {
      rotateMasterKey({ directory })
      expect(await writer.put(writtenPath, numbered(version + 1), version)).toBe(version + 1)
      expect(await reader.get(writtenPath)).toEqual({ value: numbered(version + 1), version: version + 1 })
      await delay(10)
      // As the operator is told to.
      writeFileSync(join(directory, 'master.key.old'), readFileSync(join(directory, 'master.key')))
    }
    await Promise.all([reader.close(), writer.close()])
    expect(events).toEqual([])
    await openEmbeddedStore({ directory }).close()
  })

  it('is not replaced while the one of an earlier rotation is there, as backups may need it', async () => {
    const directory = temporaryDirectory()
    await filled(directory)
    rotateMasterKey({ directory })
    const keys = () => ['master.key', 'master.key.old'].map((name) => readFileSync(join(directory, name), 'hex'))
    const before = keys()
    expect(() => rotateMasterKey({ directory })).toThrow(/master\.key\.old is there/)
    expect(keys()).toEqual(before)
    await openEmbeddedStore({ directory }).close()
  })

  it('is replaced where it is configured, once no service has the store open, and as often as it is tried', async () => {
    const directory = temporaryDirectory()
    await filled(directory, undefined)
    const current = readFileSync(join(directory, 'master.key'))
    const next = Buffer.alloc(32, 2)
    const store = openEmbeddedStore({ directory, masterKey: current })
    expect(() => rotateMasterKey({ directory, configured: { current, next } })).toThrow(/stop all services first/)
    await store.close()

    for (let time = 1; time <= 2; time++) rotateMasterKey({ directory, configured: { current, next } })
    const rotated = openEmbeddedStore({ directory, masterKey: next })
    expect(await rotated.get(writtenPath)).toEqual({ value: numbered(1), version: 1 })
    await rotated.close()
  })

  it('is not replaced in a store that was changed by something else', async () => {
    const directory = temporaryDirectory()
    await filled(directory)
    const database = new DatabaseSync(join(directory, 'secrets.db'))
    database.exec('DELETE FROM secrets WHERE rowid = 1')
    database.close()
    expect(() => rotateMasterKey({ directory })).toThrow(expect.objectContaining({ reason: 'damaged' }))
    expect(() => openEmbeddedStore({ directory })).toThrow(expect.objectContaining({ code: 'STORE_HEAD_MISMATCH' }))
  })
})
