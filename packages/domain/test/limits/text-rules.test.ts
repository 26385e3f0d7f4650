import { describe, expect, it } from '@jest/globals'
import { checkName } from '../../src/index.ts'

describe('a name', () => {
  it('is 1 to 128 characters, counted as people do', () => {
    expect(checkName('name', '😀'.repeat(128))).toHaveLength(256)
    expect(() => checkName('name', 'x'.repeat(129))).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }))
    expect(() => checkName('name', ' ')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })

  it('has no control characters', () => {
    expect(() => checkName('name', 'a\u0000b')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
    expect(() => checkName('name', 'a\u0085b')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }))
  })
})
