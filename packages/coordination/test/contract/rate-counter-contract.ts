import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Coordination, RateCounter } from '../../src/port.ts'

export function rateCounterContract(open: () => Promise<Coordination>): void {
  describe('rate counter', () => {
    it('admits 150 of 400 simultaneous requests, and says how long the others wait', async () => {
      const counter = await someCounter(150)
      const start = performance.now()
      const decisions = await Promise.all(Array.from({ length: 400 }, () => counter.admit('192.0.2.1')))
      // On a stalled machine this takes more than a second, and then more may be admitted.
      const seconds = Math.floor((performance.now() - start) / 1_000) + 1

      const admitted = decisions.filter((decision) => decision.admitted)
      expect(admitted.length).toBeGreaterThanOrEqual(150)
      expect(admitted.length).toBeLessThanOrEqual(150 * seconds)
      expect(admitted.every(({ retryAfterMs }) => retryAfterMs === 0)).toBe(true)
      const refused = decisions.filter((decision) => !decision.admitted)
      expect(refused.every(({ retryAfterMs }) => retryAfterMs > 0 && retryAfterMs <= 1_000)).toBe(true)
    })

    it('admits again when the oldest of the last requests is a second old, however many were refused', async () => {
      const counter = await someCounter(3)
      const start = performance.now()
      for (let count = 0; count < 3; count++) expect((await counter.admit('a')).admitted).toBe(true)
      let decision = await counter.admit('a')
      while (!decision.admitted) {
        // Refused requests in between must not delay it.
        await setTimeout(Math.min(decision.retryAfterMs, 100))
        decision = await counter.admit('a')
      }
      expect(performance.now() - start).toBeGreaterThanOrEqual(990)
    })

    it('counts each key by itself', async () => {
      const counter = await someCounter(1)
      await counter.admit('a')
      expect((await counter.admit('b')).admitted).toBe(true)
      expect((await counter.admit('__proto__')).admitted).toBe(true)
    })

    it('counts by itself what has another name', async () => {
      const coordination = await open()
      const [one, other] = ['one', 'other'].map((name) =>
        coordination.rateCounter({ name: `${name}-${randomUUID()}`, perSecond: 1 }),
      )
      await one?.admit('a')
      expect((await other?.admit('a'))?.admitted).toBe(true)
    })
  })

  async function someCounter(perSecond: number): Promise<RateCounter> {
    return (await open()).rateCounter({ name: randomUUID(), perSecond })
  }
}
