import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { Looks } from '../../src/http1/looks.ts'

/** Each takes longer to look at than one look may take. */
class Slow {
  static looked = 0
  times = 0

  look(): void {
    this.times += 1
    Slow.looked += 1
    const until = performance.now() + 0.3
    while (performance.now() < until);
  }
}

describe('looks at many', () => {
  it('are at some of them each time, and come to all in turn', async () => {
    Slow.looked = 0
    const looks = new Looks()
    const all = Array.from({ length: 120 }, () => new Slow())
    for (const each of all) looks.add(each)
    while (Slow.looked === 0) await setImmediate()
    const first = Slow.looked
    while (all.some(({ times }) => times < 2)) await setImmediate()
    for (const each of all) looks.delete(each)
    expect(first).toBeLessThan(all.length)
    expect(Math.max(...all.map(({ times }) => times))).toBeLessThanOrEqual(3)
  })

  it('are at more of them where something has kept the event loop busy', async () => {
    let looked = 0
    const looks = new Looks()
    const all = Array.from({ length: 1_000 }, () => ({
      look: () => {
        looked += 1
        const until = performance.now() + 0.01
        while (performance.now() < until);
      },
    }))
    for (const each of all) looks.add(each)
    const until = performance.now() + 1_500
    while (performance.now() < until);
    while (looked === 0) await setImmediate()
    for (const each of all) looks.delete(each)
    expect(looked).toBe(all.length)
  })

  it('come also to one that was added later, and no longer to one that has left', async () => {
    const looks = new Looks()
    const [leaving, staying, late] = [new Slow(), new Slow(), new Slow()]
    looks.add(leaving)
    looks.add(staying)
    while (staying.times === 0) await setImmediate()
    looks.delete(leaving)
    looks.add(late)
    const seen = leaving.times
    while (late.times < 2) await setImmediate()
    expect(leaving.times).toBe(seen)
    looks.delete(staying)
    looks.delete(late)
  })
})
