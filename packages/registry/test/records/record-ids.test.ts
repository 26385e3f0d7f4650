import { expect, it } from '@jest/globals'
import { newRecordId } from '../../src/index.ts'

it('an id is another one each time, and never looks like an option of a command', () => {
  const ids = Array.from({ length: 5_000 }, newRecordId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toEqual([])
})
