import { describe, expect, it } from '@jest/globals'
import { CodedError } from '../../src/errors/coded-error.ts'

describe('a coded error', () => {
  it('has no stack trace, and leaves those of other errors alone', () => {
    const error = new CodedError('RATE_LIMITED', 'Too many.', { cause: new Error('the cause') })
    expect(error.stack).toBe('CodedError: Too many.')
    expect(error.cause).toMatchObject({ stack: expect.stringMatching(/\n\s+at /) })
    expect(new Error('another').stack).toMatch(/\n\s+at /)
  })
})
