import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { PeriodicChecks } from '../../src/http1/periodic-checks.ts'

/** Each takes longer to check than one batch may take. */
class Slow {
  static checked = 0
  static now = 0
  times = 0

  check(): void {
    this.times += 1
    Slow.checked += 1
    Slow.now += 0.3
  }
}

describe('periodic checks', () => {
  it('check some each time, and all in turn', async () => {
    Slow.checked = 0
    const checks = new PeriodicChecks(() => Slow.now)
    const all = Array.from({ length: 120 }, () => new Slow())
    for (const each of all) checks.add(each)
    while (Slow.checked === 0) await setImmediate()
    const first = Slow.checked
    while (all.some(({ times }) => times < 2)) await setImmediate()
    for (const each of all) checks.delete(each)
    expect(first).toBeLessThan(all.length)
    expect(Math.max(...all.map(({ times }) => times))).toBeLessThanOrEqual(3)
  })

  it('check more at once after something has kept the event loop busy', async () => {
    let now = 0
    let checked = 0
    const checks = new PeriodicChecks(() => now)
    const all = Array.from({ length: 1_000 }, () => ({
      check: () => {
        checked += 1
        now += 0.01
      },
    }))
    for (const each of all) checks.add(each)
    now = 1_500
    while (checked === 0) await setImmediate()
    for (const each of all) checks.delete(each)
    expect(checked).toBe(all.length)
  })

  it('include one that was added later, and leave out one that has been deleted', async () => {
    const checks = new PeriodicChecks()
    const [leaving, staying, late] = [new Slow(), new Slow(), new Slow()]
    checks.add(leaving)
    checks.add(staying)
    while (staying.times === 0) await setImmediate()
    checks.delete(leaving)
    checks.add(late)
    const seen = leaving.times
    while (late.times < 2) await setImmediate()
    expect(leaving.times).toBe(seen)
    checks.delete(staying)
    checks.delete(late)
  })
})
