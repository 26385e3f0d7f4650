import { describe, expect, it } from '@jest/globals'
import { Rest } from '../src/index.ts'

const nobody = Number.NEGATIVE_INFINITY
/** By a clock that stands still, somebody else calls now. */
const now = 1_000_000
const newRest = () => new Rest(() => now)

/** How long an account rests after one handshake that took as long, in milliseconds. */
function restAfter(workMs: number): number {
  const rest = newRest()
  rest.end(workMs, rest.begin())
  return rest.remainingMs(now)
}

describe('an account whose handshake has taken time', () => {
  it('rests for nine times as long, where it was a usual one', () => {
    // Whatever the charge at its beginning was: that is settled by what it took.
    expect(restAfter(1)).toBeCloseTo(9)
    expect(restAfter(3)).toBeCloseTo(27)
    expect(restAfter(4)).toBeCloseTo(36)
  })

  it('rests for longer than it was longer than usual, so that fewer notice what blocks more', () => {
    const parts = [8, 16, 32].map((workMs) => workMs / (workMs + restAfter(workMs)))
    expect(parts[0]).toBeLessThan(1 / 30)
    expect(parts[1]).toBeLessThan(1 / 140)
    expect(parts[2]).toBeLessThan(1 / 550)
  })

  it('rests for a minute at most', () => {
    expect(restAfter(10_000)).toBe(60_000)
  })

  it('does not rest while nobody else makes calls, for the longer the longer it blocked them', () => {
    const rest = newRest()
    rest.end(200, rest.begin())
    expect(rest.remainingMs(nobody)).toBe(0)
    expect(rest.remainingMs(now - 4_000)).toBeGreaterThan(0)
    expect(rest.remainingMs(now - 4_001)).toBe(0)
    const usual = newRest()
    usual.end(3, usual.begin())
    expect(usual.remainingMs(now - 80)).toBeGreaterThan(0)
    expect(usual.remainingMs(now - 81)).toBe(0)
  })
})

/** How long an account rests after a turn of the event loop that its connections made as long, in milliseconds. */
function restAfterTurn(workMs: number): number {
  const rest = newRest()
  rest.addTurn(workMs)
  return rest.remainingMs(now)
}

describe('an account whose connections have made a turn of the event loop long', () => {
  it('rests as long as a short one took: others have half of the time', () => {
    expect(restAfterTurn(0.3)).toBeCloseTo(0.3)
    expect(restAfterTurn(2)).toBeCloseTo(2)
  })

  it('rests for nine times as long, where many long answers may have begun at once', () => {
    expect(restAfterTurn(3)).toBeCloseTo(27)
    expect(restAfterTurn(16)).toBeCloseTo(144)
  })

  it('rests for longer than it was longer, so that fewer notice what blocks more', () => {
    expect(restAfterTurn(32) / 32).toBeCloseTo(4 * (restAfterTurn(16) / 16))
  })
})
