import { describe, expect, it } from '@jest/globals'
import { hasTool } from '../src/index.ts'

describe('a tool', () => {
  it('is found on the PATH', () => {
    expect(hasTool('node', { required: true })).toBe(true)
  })

  it('that is missing is told, and is an error where it is required', () => {
    expect(hasTool('no-such-tool', { required: false })).toBe(false)
    expect(() => hasTool('no-such-tool', { required: true })).toThrow('no-such-tool')
  })
})
