import { describe, expect, it } from '@jest/globals'
import { AccountRest } from '../../src/handshakes/account-rest.ts'

const nobody = Number.NEGATIVE_INFINITY
/** Somebody else calls now. */
const now = () => performance.now()

/** How long an account rests after one handshake that took as long, in milliseconds. */
function restAfter(costMs: number): number {
  const rest = new AccountRest()
  rest.end(costMs, rest.begin(), nobody)
  return rest.remainingMs(now())
}

describe('an account whose handshake has taken time', () => {
  it('rests for nine times as long, where it was a usual one', () => {
    // Whatever the charge at its beginning was: that is settled by what it took.
    expect(restAfter(1)).toBeGreaterThan(7)
    expect(restAfter(1)).toBeLessThanOrEqual(9)
    expect(restAfter(3)).toBeGreaterThan(25)
    expect(restAfter(3)).toBeLessThanOrEqual(27)
  })

  it('rests for longer than it was longer than usual, so that fewer notice what blocks more', () => {
    const parts = [8, 16, 32].map((costMs) => costMs / (costMs + restAfter(costMs)))
    expect(parts[0]).toBeLessThan(1 / 20)
    expect(parts[1]).toBeLessThan(1 / 90)
    expect(parts[2]).toBeLessThan(1 / 350)
  })

  it('rests for a minute at most', () => {
    expect(restAfter(10_000)).toBeLessThanOrEqual(60_000)
    expect(restAfter(10_000)).toBeGreaterThan(59_000)
  })

  it('rests as for a single one where many went on in one go', () => {
    const rest = new AccountRest()
    const charged = Array.from({ length: 10 }, () => rest.begin())
    for (const each of charged) rest.end(3, each, nobody)
    expect(rest.remainingMs(now())).toBeGreaterThan(9 * 30 * 50)
  })

  it('rests for each on its own where others had their turn in between', () => {
    const rest = new AccountRest()
    const charged = Array.from({ length: 10 }, () => rest.begin())
    for (const each of charged) rest.end(3, each, now())
    expect(rest.remainingMs(now())).toBeLessThanOrEqual(9 * 30)
  })

  it('does not rest while nobody else makes calls, for the longer the longer it blocked them', () => {
    const rest = new AccountRest()
    rest.end(200, rest.begin(), nobody)
    expect(rest.remainingMs(nobody)).toBe(0)
    expect(rest.remainingMs(now() - 3_500)).toBeGreaterThan(0)
    expect(rest.remainingMs(now() - 4_500)).toBe(0)
    const usual = new AccountRest()
    usual.end(3, usual.begin(), nobody)
    expect(usual.remainingMs(now() - 100)).toBe(0)
  })
})
