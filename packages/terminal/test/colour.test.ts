import { describe, expect, it } from '@jest/globals'
import { paint, usesColour } from '../src/colour.ts'

describe('colour', () => {
  it('is for a terminal whose user has not set NO_COLOR', () => {
    expect(usesColour({ isTTY: true }, {})).toBe(true)
    expect(usesColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
    expect(usesColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(usesColour({}, {})).toBe(false)
  })

  it('ends where the text ends', () => {
    expect(paint('no', 31, true)).toBe('\u001b[31mno\u001b[0m')
    expect(paint('no', 31, false)).toBe('no')
  })
})
