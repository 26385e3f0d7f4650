import { describe, expect, it } from '@jest/globals'
import type { Lease } from '@mtls-gateway/coordination'
import type { GarbageReport } from '@mtls-gateway/registry'
import { DailyGarbageCollection } from '../../src/maintenance/daily-garbage-collection.ts'
import { TestClock } from './test-clock.ts'

const empty = { named: 0, young: 0, purged: 0 }
const report: GarbageReport = {
  accounts: 1,
  kinds: {
    ...{ keys: empty, chains: empty, 'app-keys': empty, 'webhook-secrets': empty, 'target-secrets': empty },
    approvals: empty,
  },
  previousVersions: 0,
  problems: [],
}

/** A lease with one holder at a time, until it is released. */
class TestLease {
  isHeld = false

  async acquire(): Promise<Pick<Lease, 'release'> | undefined> {
    if (this.isHeld) return undefined
    this.isHeld = true
    return {
      release: async () => {
        this.isHeld = false
      },
    }
  }
}

function started(parts: { acquireLease?: TestLease['acquire']; collect?: () => Promise<GarbageReport> } = {}) {
  const clock = new TestClock()
  const lease = new TestLease()
  const logged: string[] = []
  const add = ({ event }: { readonly event: string }) => void logged.push(event)
  let collections = 0
  const daily = new DailyGarbageCollection({
    acquireLease: () => lease.acquire(),
    clock,
    log: { info: add, warn: add },
    random: () => 0.5,
    ...parts,
    collect: async () => {
      collections++
      return (await parts.collect?.()) ?? report
    },
  })
  return { daily, clock, lease, logged, collections: () => collections }
}

describe('the daily garbage collection', () => {
  it('collects only where this instance gets the lease, and asks for it again and again', async () => {
    const { daily, clock, lease, collections } = started()
    lease.isHeld = true

    expect(collections()).toBe(0)
    await clock.pass()
    expect(collections()).toBe(0)
    lease.isHeld = false
    await clock.pass()
    expect(collections()).toBe(1)
    await clock.pass()
    expect(collections()).toBe(1)
    expect(clock.slept).toEqual(Array(4).fill(45 * 60_000))
    await daily.stop()
  })

  it('goes on after the lease could not be asked for and after a collection that failed', async () => {
    const lease = new TestLease()
    let asked = 0
    let isUp = false
    const { daily, clock, logged, collections } = started({
      acquireLease: async () => {
        if (++asked === 1) throw new Error('redis is down')
        return lease.acquire()
      },
      collect: async () => {
        if (!isUp) throw new Error('the store is down')
        return report
      },
    })

    await clock.pass()
    await clock.pass()
    isUp = true
    await clock.pass()

    expect(collections()).toBe(2)
    expect(lease.isHeld).toBe(true)
    expect(logged.map((line) => line.includes('failed'))).toEqual([true, true, false])
    await daily.stop()
  })

  it('names each account that keeps all it has', async () => {
    const problems = [{ account: 'le1', problem: 'It is damaged.' }] as unknown as GarbageReport['problems']
    const { daily, clock, logged } = started({ collect: async () => ({ ...report, problems }) })

    await clock.pass()

    expect(logged[1]).toBe('garbage-kept')
    await daily.stop()
  })

  it('leaves the rest to another instance when it is stopped in the middle', async () => {
    const isCollecting = Promise.withResolvers<void>()
    const { daily, clock, lease } = started({
      collect: async () => {
        await isCollecting.promise
        return report
      },
    })
    await clock.pass()
    expect(lease.isHeld).toBe(true)

    const stopped = daily.stop()
    isCollecting.resolve()
    await stopped

    expect(lease.isHeld).toBe(false)
  })

  it('asks for nothing any more once it is stopped', async () => {
    const { daily, clock, collections } = started()

    await daily.stop()
    await clock.pass()

    expect(collections()).toBe(0)
  })
})
