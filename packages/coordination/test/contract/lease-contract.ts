import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Coordination, Lease } from '../../src/port.ts'

/** Longer than any test takes. */
const longMs = 60_000

export function leaseContract(open: () => Promise<Coordination>): void {
  describe('leases', () => {
    it('gives a name to one of many who ask at once', async () => {
      const instances = [await open(), await open()]
      const name = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => instances[index % 2]?.leases.acquire(name, longMs)),
      )
      expect(answers.filter((lease) => lease !== undefined)).toHaveLength(1)
    })

    it('takes any text as a name, and tells names apart', async () => {
      const { leases } = await open()
      const suffix = randomUUID()
      for (const name of ['', ' ', ':', '{}', "é'\n"].map((start) => start + suffix)) {
        expect(await leases.acquire(name, longMs)).toBeDefined()
        expect(await leases.acquire(name, longMs)).toBeUndefined()
      }
    })

    it('gives a released name to the next who asks', async () => {
      const [one, other] = [await open(), await open()]
      const name = randomUUID()
      const lease = await acquired(one, name, longMs)
      expect(await other.leases.acquire(name, longMs)).toBeUndefined()
      await lease.release()
      expect(await other.leases.acquire(name, longMs)).toBeDefined()
    })

    it('gives it to the next when its time is over, and who lost it cannot release it', async () => {
      const [one, other] = [await open(), await open()]
      const name = randomUUID()
      const start = performance.now()
      const lost = await acquired(one, name, 100)
      let taken: Lease | undefined
      while (!taken) {
        await setTimeout(5)
        taken = await other.leases.acquire(name, longMs)
      }
      expect(performance.now() - start).toBeGreaterThanOrEqual(95)
      await lost.release()
      expect(await one.leases.acquire(name, longMs)).toBeUndefined()
    })
  })
}

async function acquired(instance: Coordination, name: string, ttlMs: number): Promise<Lease> {
  const lease = await instance.leases.acquire(name, ttlMs)
  if (!lease) throw new Error('somebody holds it')
  return lease
}
