import { describe, expect, it } from '@jest/globals'
import { recordFolder, recordPath } from '../port/paths.ts'
import type { Handles } from './handles.ts'
import { randomAccount, randomRecord } from './random-id.ts'

export function purgeContract(handles: Handles): void {
  describe('purge', () => {
    it('removes a secret with all its versions', async () => {
      const account = randomAccount()
      const path = recordPath('keys', account, randomRecord())
      await handles.one.put(path, { n: 1 }, 0)
      await handles.one.put(path, { n: 2 }, 1)

      await handles.one.purge(path)

      expect(await handles.other.get(path)).toBeUndefined()
      expect(await handles.other.exists(path)).toBe(false)
      expect(await handles.other.list(recordFolder('keys', account))).toEqual([])
    })

    it('lets a purged path begin at version 1 again', async () => {
      const path = recordPath('keys', randomAccount(), randomRecord())
      await handles.one.put(path, { n: 1 }, 0)
      await handles.one.put(path, { n: 2 }, 1)
      await handles.one.purge(path)

      await expect(handles.one.put(path, {}, 2)).rejects.toMatchObject({ name: 'StoreError', reason: 'conflict' })
      expect(await handles.one.put(path, { n: 'new' }, 0)).toBe(1)
      expect(await handles.one.get(path)).toEqual({ value: { n: 'new' }, version: 1 })
    })

    it('leaves every other secret alone', async () => {
      const account = randomAccount()
      const kept = randomRecord()
      const purged = recordPath('keys', account, randomRecord())
      await handles.one.put(recordPath('keys', account, kept), {}, 0)
      await handles.one.put(purged, {}, 0)

      await handles.one.purge(purged)

      expect(await handles.one.list(recordFolder('keys', account))).toEqual([kept])
    })

    it('is content where there is nothing', async () => {
      const path = recordPath('keys', randomAccount(), randomRecord())

      await expect(handles.one.purge(path)).resolves.toBeUndefined()
      await expect(handles.one.purge(path)).resolves.toBeUndefined()
    })
  })
}
