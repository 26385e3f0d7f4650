import { describe, expect, it } from '@jest/globals'
import { accountPath } from '../port/paths.ts'
import { isStoreError } from '../port/secret-store.ts'
import type { Handles } from './handles.ts'
import { randomAccount } from './random-id.ts'

const conflict = { name: 'StoreError', reason: 'conflict' }

export function compareAndSetContract(handles: Handles): void {
  describe('compare-and-set', () => {
    it('counts the versions of a path from 1', async () => {
      const path = accountPath(randomAccount())

      expect(await handles.one.put(path, { n: 1 }, 0)).toBe(1)
      expect(await handles.other.put(path, { n: 2 }, 1)).toBe(2)
      expect(await handles.one.put(path, { n: 3 }, 2)).toBe(3)

      expect(await handles.other.get(path)).toEqual({ value: { n: 3 }, version: 3 })
    })

    it('refuses to create what exists', async () => {
      const path = accountPath(randomAccount())
      await handles.one.put(path, { by: 'one' }, 0)

      await expect(handles.one.put(path, { by: 'one again' }, 0)).rejects.toMatchObject(conflict)
      await expect(handles.other.put(path, { by: 'other' }, 0)).rejects.toMatchObject(conflict)

      expect(await handles.one.get(path)).toEqual({ value: { by: 'one' }, version: 1 })
    })

    it('refuses a write over a version that is no longer, or not yet, the newest', async () => {
      const path = accountPath(randomAccount())
      await handles.one.put(path, { n: 1 }, 0)
      await handles.other.put(path, { n: 2 }, 1)

      await expect(handles.one.put(path, { n: 'stale' }, 1)).rejects.toMatchObject(conflict)
      await expect(handles.one.put(path, { n: 'early' }, 3)).rejects.toMatchObject(conflict)

      expect(await handles.one.get(path)).toEqual({ value: { n: 2 }, version: 2 })
    })

    it('refuses to replace what does not exist', async () => {
      const path = accountPath(randomAccount())

      await expect(handles.one.put(path, {}, 1)).rejects.toMatchObject(conflict)

      expect(await handles.one.exists(path)).toBe(false)
    })

    it.each([0, 1])('lets exactly one of 20 concurrent writes over version %i win', async (version) => {
      const path = accountPath(randomAccount())
      if (version === 1) await handles.one.put(path, { writer: 'first' }, 0)

      const writes = Array.from({ length: 20 }, (_, writer) =>
        (writer % 2 ? handles.one : handles.other).put(path, { writer }, version),
      )
      const outcomes = await Promise.allSettled(writes)

      const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled')
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(lost).toHaveLength(19)
      expect(lost.filter((outcome) => isStoreError(outcome.reason, 'conflict'))).toHaveLength(19)
      expect(await handles.one.get(path)).toEqual({ value: { writer: winner }, version: version + 1 })
    })
  })
}
