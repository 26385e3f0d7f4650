import { describe, expect, it } from '@jest/globals'
import { AccountRest } from '../../src/handshakes/account-rest.ts'

const nobody = Number.NEGATIVE_INFINITY
/** By a clock that stands still, somebody else calls now. */
const now = 1_000_000
const newRest = () => new AccountRest(() => now)

/** How long an account rests after one handshake that took as long, in milliseconds. */
function restAfter(workMs: number): number {
  const rest = newRest()
  rest.end(workMs, rest.begin(), nobody)
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

  it('rests as for a single one where many went on in one go', () => {
    const rest = newRest()
    const charged = Array.from({ length: 10 }, () => rest.begin())
    for (const each of charged) rest.end(3, each, nobody)
    expect(rest.remainingMs(now)).toBeCloseTo(restAfter(30))
  })

  it('rests for each on its own where others had their turn in between', () => {
    const rest = newRest()
    const charged = Array.from({ length: 10 }, () => rest.begin())
    for (const each of charged) rest.end(3, each, now)
    expect(rest.remainingMs(now)).toBeCloseTo(10 * restAfter(3))
  })

  it('does not rest while nobody else makes calls, for the longer the longer it blocked them', () => {
    const rest = newRest()
    rest.end(200, rest.begin(), nobody)
    expect(rest.remainingMs(nobody)).toBe(0)
    expect(rest.remainingMs(now - 4_000)).toBeGreaterThan(0)
    expect(rest.remainingMs(now - 4_001)).toBe(0)
    const usual = newRest()
    usual.end(3, usual.begin(), nobody)
    expect(usual.remainingMs(now - 80)).toBeGreaterThan(0)
    expect(usual.remainingMs(now - 81)).toBe(0)
  })
})
