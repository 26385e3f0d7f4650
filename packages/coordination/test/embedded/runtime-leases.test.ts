import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { dataDirectories } from '../data-directory.ts'

const newDirectory = dataDirectories()

describe('a lease in runtime.db', () => {
  it('outlives the process that took it', async () => {
    const directory = newDirectory()
    const first = openEmbeddedCoordination({ directory, instance: 'config-api' })
    expect(await first.leases.acquire('daily', 60_000)).toBeDefined()
    await first.close()
    const second = openEmbeddedCoordination({ directory, instance: 'config-api' })
    expect(await second.leases.acquire('daily', 60_000)).toBeUndefined()
    await second.close()
  })

  it('is over when the clock was set back by more than its time', async () => {
    const directory = newDirectory()
    const instance = openEmbeddedCoordination({ directory, instance: 'config-api' })
    const lost = await instance.leases.acquire('daily', 60_000)
    const raw = new DatabaseSync(join(directory, 'runtime.db'))
    raw.exec('UPDATE lease SET expires_at = expires_at + 3600000')
    raw.close()
    expect(await instance.leases.acquire('daily', 60_000)).toBeDefined()
    await lost?.release()
    expect(await instance.leases.acquire('daily', 60_000)).toBeUndefined()
    await instance.close()
  })
})
