import { describe, expect, it } from '@jest/globals'
import { limits } from '@mtls-gateway/contract'
import { holds } from '../../src/http/search.ts'

const text = `https://target.example/${'a'.repeat(1_000)}${'b'.repeat(3)}${'a'.repeat(900)}`

/** How long a search of twenty texts takes at its best, which is when nothing interrupts it: in milliseconds. */
function msOf(isFound: (text: string) => boolean): number {
  const rounds = Array.from({ length: 50 }, () => {
    const began = performance.now()
    for (let n = 0; n < 20; n++) isFound(text)
    return performance.now() - began
  })
  return Math.min(...rounds)
}

describe('a search', () => {
  it('finds a part in either case, wherever it is and however long', () => {
    for (const length of [1, 10, 249, 250, 251, 252, 1_000, text.length]) {
      for (const at of [0, 1, 500, text.length - length].filter((from) => from >= 0 && from + length <= text.length)) {
        const part = text.slice(at, at + length)
        expect(holds(part)(text)).toBe(true)
        expect(holds(part.toUpperCase())(text)).toBe(true)
        expect(holds(part)(text.toUpperCase())).toBe(true)
        expect(holds(`${part}c`)(text)).toBe(false)
      }
    }
    expect(holds('a'.repeat(limits.search))(text)).toBe(false)
    // What fits overlaps what nearly did.
    expect(holds(`${'ab'.repeat(200)}c`)(`${'ab'.repeat(300)}c`)).toBe(true)
    expect(holds(`${'aab'.repeat(100)}c`)(`${'aab'.repeat(99)}ab${'aab'.repeat(99)}c`)).toBe(false)
  })

  it('takes no multiple of the lengths of both for a part that nearly fits everywhere', () => {
    const usual = msOf(holds(`${'z'.repeat(999)}y`))
    for (const from of [1, 30, 250, 500, 970]) {
      // Up to 50 times as long; by V8 alone a thousand times.
      expect(msOf(holds(`${'a'.repeat(from)}b${'a'.repeat(999 - from)}`))).toBeLessThan(usual * 250)
    }
  })
})
