import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { accountPath, recordPath, type SecretPath } from '../port/paths.ts'
import type { Handles } from './handles.ts'
import { randomAccount, randomRecord } from './random-id.ts'

/** A server has a clock of its own; what must hold is that a day is told from a minute. */
const clockSkewMs = 60_000

export function writtenAtContract(handles: Handles): void {
  const timeOf = async (path: SecretPath) => (await handles.other.writtenAt(path)) ?? Number.NaN

  describe('the time of a write', () => {
    it('is that of the newest version', async () => {
      const path = accountPath(randomAccount())
      await handles.one.put(path, { n: 1 }, 0)
      const first = await timeOf(path)
      await setTimeout(20)
      await handles.one.put(path, { n: 2 }, 1)

      expect(Math.abs(first - Date.now())).toBeLessThan(clockSkewMs)
      expect(await timeOf(path)).toBeGreaterThan(first)
    })

    it('is unknown where nothing was written, and where it was purged', async () => {
      const path = recordPath('keys', randomAccount(), randomRecord())
      expect(await handles.one.writtenAt(path)).toBeUndefined()
      await handles.one.put(path, {}, 0)
      await handles.one.purge(path)

      expect(await handles.other.writtenAt(path)).toBeUndefined()
    })

    it('is not changed by reading, nor by a write that is refused', async () => {
      const path = accountPath(randomAccount())
      await handles.one.put(path, { n: 1 }, 0)
      const first = await timeOf(path)
      await setTimeout(20)
      await handles.one.get(path)
      await expect(handles.one.put(path, { n: 2 }, 0)).rejects.toMatchObject({ reason: 'conflict' })

      expect(await timeOf(path)).toBe(first)
    })
  })
}
