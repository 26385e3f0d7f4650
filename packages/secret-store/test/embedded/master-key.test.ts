import { randomBytes } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import {
  accountPath,
  type EmbeddedStoreOptions,
  kindFolder,
  openEmbeddedStore,
  type StoreEvent,
} from '../../src/index.ts'
import { race } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { openNewWith } from './open-accepted.ts'

const path = accountPath(parseAccountId('acme'))
const wrong = expect.objectContaining({ name: 'CodedError', code: 'MASTER_KEY_WRONG' })

async function write(options: EmbeddedStoreOptions): Promise<void> {
  const store = openEmbeddedStore(options)
  await store.put(path, { text: 'x' }, 0)
  await store.close()
}

async function read(options: EmbeddedStoreOptions): Promise<unknown> {
  const store = openEmbeddedStore(options)
  const found = await store.get(path)
  await store.close()
  return found?.value
}

describe('the master key', () => {
  it('is made in master.key on first start: 32 random bytes', async () => {
    const directory = temporaryDirectory()
    await write({ directory })

    expect(readFileSync(join(directory, 'master.key'))).toHaveLength(32)
    expect(await read({ directory })).toEqual({ text: 'x' })
  })

  it('is the configured one, and then there is no file of it', async () => {
    const directory = temporaryDirectory()
    const masterKey = randomBytes(32)
    await openNewWith(masterKey, directory).close()
    await write({ directory, masterKey })

    expect(readdirSync(directory).sort()).toEqual(['secrets.db', 'secrets.head'])
    expect(await read({ directory, masterKey })).toEqual({ text: 'x' })
  })

  it('may move from the file to the configuration', async () => {
    const directory = temporaryDirectory()
    await write({ directory })
    const masterKey = readFileSync(join(directory, 'master.key'))
    rmSync(join(directory, 'master.key'))

    expect(await read({ directory, masterKey })).toEqual({ text: 'x' })
  })

  it('is refused at open if it is another than the first one, and nothing changes', async () => {
    const directory = temporaryDirectory()
    await write({ directory })

    expect(() => openEmbeddedStore({ directory, masterKey: randomBytes(32) })).toThrow(wrong)
    expect(() => openEmbeddedStore({ directory, masterKey: randomBytes(32) })).toThrow(wrong)
    expect(await read({ directory })).toEqual({ text: 'x' })
  })

  it('is refused as another one also while nothing is written yet', async () => {
    const directory = temporaryDirectory()
    await openNewWith(randomBytes(32), directory).close()

    expect(() => openEmbeddedStore({ directory, masterKey: randomBytes(32) })).toThrow(wrong)
  })

  it('is not made anew when its file is lost, so that the right one can be put back', async () => {
    const directory = temporaryDirectory()
    await write({ directory })
    renameSync(join(directory, 'master.key'), join(directory, 'backup'))

    expect(() => openEmbeddedStore({ directory })).toThrow(wrong)
    expect(readdirSync(directory).sort()).toEqual(['backup', 'secrets.db', 'secrets.head'])

    renameSync(join(directory, 'backup'), join(directory, 'master.key'))
    expect(await read({ directory })).toEqual({ text: 'x' })
  })

  it.each([0, 31, 33])('is refused if its file has %i bytes', (length) => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'master.key'), Buffer.alloc(length))

    expect(() => openEmbeddedStore({ directory })).toThrow(wrong)
  })

  it.each([0, 16, 44])('is a fault of the configuration if it is given with %i bytes', (length) => {
    const directory = temporaryDirectory()

    expect(() => openEmbeddedStore({ directory, masterKey: Buffer.alloc(length) })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    )
  })

  it.each(['0644', '0640', '0660', '0602', '0666'])(
    'is told of if others than its owner can use its file: mode %s',
    async (mode) => {
      const directory = temporaryDirectory()
      await write({ directory })
      const file = join(directory, 'master.key')
      chmodSync(file, mode)
      const events: StoreEvent[] = []
      const onEvent = (event: StoreEvent) => events.push(event)

      await openEmbeddedStore({ directory, onEvent }).close()
      expect(events).toEqual([{ kind: 'key-exposed', path: file, mode }])

      chmodSync(file, '0600')
      await openEmbeddedStore({ directory, onEvent }).close()
      expect(events).toHaveLength(1)
    },
  )

  it('is one for ten processes whose first start is at once: each reads what any of them wrote', async () => {
    const directory = join(temporaryDirectory(), 'data')

    const accounts = await race(10, 'first-start', directory)

    const store = openEmbeddedStore({ directory })
    expect([...(await store.list(kindFolder('accounts')))].sort()).toEqual([...accounts].sort())
    for (const account of accounts) {
      await expect(store.get(accountPath(parseAccountId(String(account))))).resolves.toMatchObject({ version: 1 })
    }
    await store.close()
    expect(readdirSync(directory).sort()).toEqual(['master.key', 'secrets.db', 'secrets.head'])
  })
})
