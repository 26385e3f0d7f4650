import { describe, expect, it } from '@jest/globals'
import { isStoreError, StoreError } from '../../src/index.ts'

describe('a store error', () => {
  it('is known by its shape, whichever copy of the class made it', () => {
    const fromAnotherCopy = Object.assign(new Error('x'), { name: 'StoreError', reason: 'conflict' })

    for (const error of [new StoreError('conflict', 'x'), fromAnotherCopy]) {
      expect(isStoreError(error)).toBe(true)
      expect(isStoreError(error, 'conflict')).toBe(true)
      expect(isStoreError(error, 'damaged')).toBe(false)
    }
  })

  it('is no other error and nothing else that was thrown', () => {
    for (const thrown of [
      new Error('conflict'),
      undefined,
      null,
      'StoreError',
      { name: 'StoreError', reason: 'conflict' },
    ]) {
      expect(isStoreError(thrown)).toBe(false)
    }
  })
})
