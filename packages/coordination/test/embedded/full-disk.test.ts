import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { dataDirectories } from '../data-directory.ts'
import { ChildInstance } from './child-instance.ts'

const newDirectory = dataDirectories()
const notice = { account: parseAccountId('tenant-a'), revision: 1, revoked: [] }

describe('a runtime.db that can not be written', () => {
  it('is told of, fails health checks, and is sound again once there is room, without another write', async () => {
    const child = await ChildInstance.open(newDirectory(), 'config-api')
    try {
      await child.append(notice)
      expect(await child.check()).toEqual(['sound'])

      child.limitFiles(1)
      await expect(child.append(notice)).rejects.toContain('can not be written: its disk is full or read-only')
      const failed = { kind: 'write-failed', cause: 'disk I/O error' }
      expect(await child.check()).toEqual(['failing', failed, failed])

      child.limitFiles('unlimited')
      expect(await child.check()).toEqual(['sound', { kind: 'writable' }])
      await child.append(notice)
    } finally {
      child.limitFiles('unlimited')
      await child.stop()
    }
  })
})

describe('a runtime.db that was cut', () => {
  it.each([100, 4_096, 20_000])('after %i bytes is refused with what to do', async (size) => {
    const directory = newDirectory()
    await openEmbeddedCoordination({ directory, instance: 'config-api' }).close()
    truncateSync(join(directory, 'runtime.db'), size)
    expect(() => openEmbeddedCoordination({ directory, instance: 'config-api' })).toThrow(
      expect.objectContaining({
        code: 'COORDINATION_UNAVAILABLE',
        message: expect.stringContaining('runtime.db is damaged. The operator stops both services, deletes it'),
      }),
    )
  })
})
