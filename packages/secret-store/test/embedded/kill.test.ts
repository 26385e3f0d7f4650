import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedStore, type SecretStore } from '../../src/index.ts'
import { numbered, writtenPaths } from '../numbered.ts'
import { startChild } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

type Acknowledged = Map<string, number>

/** Lets a process write on, and kills it after a random number of writes, within the next one. */
async function killWriter(directory: string, acknowledged: Acknowledged): Promise<void> {
  const child = await startChild('write-on', directory)
  let left = randomInt(1, 40)
  child.on('message', (write: { path: string; version: number }) => {
    acknowledged.set(write.path, write.version)
    if (--left === 0) child.kill('SIGKILL')
  })
  child.send('go')
  await once(child, 'exit')
}

async function expectWhole(store: SecretStore, acknowledged: Acknowledged): Promise<void> {
  for (const path of writtenPaths) {
    const found = await store.get(path)
    const version = found?.version ?? 0
    if (found) expect(found.value).toEqual(numbered(version))
    // The last write may have been done without its answer having come out.
    expect(version - (acknowledged.get(path) ?? 0)).toBeGreaterThanOrEqual(0)
  }
}

describe('a writer that is killed', () => {
  it('leaves every secret whole and loses no write that it was told of, twelve times in a row', async () => {
    const directory = temporaryDirectory()
    const acknowledged: Acknowledged = new Map()

    for (let round = 0; round < 12; round++) {
      await killWriter(directory, acknowledged)
      const store = openEmbeddedStore({ directory })
      await expectWhole(store, acknowledged)
      await store.close()
    }

    expect(acknowledged.size).toBe(writtenPaths.length)
  })

  it('does not stop another process, which has the directory open all the time', async () => {
    const directory = temporaryDirectory()
    const acknowledged: Acknowledged = new Map()
    const store = openEmbeddedStore({ directory })

    for (let round = 0; round < 5; round++) {
      await killWriter(directory, acknowledged)
      await expectWhole(store, acknowledged)
    }

    await store.close()
  })
})
