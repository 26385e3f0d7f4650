import { describe, expect, it } from '@jest/globals'
import { CollectedBytes } from '../../src/body/body-bytes.ts'

const collect = (expected: number, ...pieces: string[]) => {
  const collected = new CollectedBytes(expected)
  for (const piece of pieces) collected.add(Buffer.from(piece))
  return collected
}

describe('collected bytes', () => {
  it.each([0, 4, 9, 1_000])('are all pieces in their order, however many were expected: %d', (expected) => {
    const collected = collect(expected, 'abc', 'defg', '', 'hi')
    expect(collected.all().toString()).toBe('abcdefghi')
    expect(collected.length).toBe(9)
  })

  it('are a single piece as it came, and nothing where none did', () => {
    expect(collect(0, 'abc').all().toString()).toBe('abc')
    expect(collect(10).all()).toHaveLength(0)
  })

  it('are copied when they come: what they came in may be used again', () => {
    const collected = collect(0, 'abc')
    const piece = Buffer.from('def')
    collected.add(piece)
    piece.fill('x')
    expect(collected.all().toString()).toBe('abcdef')
  })
})
