import { EventEmitter } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { EventLoopShares } from '../../src/connect/event-loop-shares.ts'
import { handshakeLimits, targetCostLimits } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { acme, globex } from '../support/outbound-fixture.ts'

let handshakes: Bulkhead
let costs: Bulkhead
let shares: EventLoopShares
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  handshakes = new Bulkhead('handshakes', { ...handshakeLimits, total: 4, share: 2, reserve: 1 })
  costs = new Bulkhead('target-costs', targetCostLimits)
  shares = new EventLoopShares(handshakes, costs)
})
afterEach(() => {
  clock.close()
  handshakes.close()
  costs.close()
})

/** Whether the account's next job is done so many milliseconds later. */
async function goesOn(account: AccountId, afterMs: number): Promise<boolean> {
  let isDone = false
  const job = {
    expectedMs: 1,
    onTurn: () => {
      isDone = true
    },
  }
  clock.pass(afterMs)
  shares.of(account).lineUp(job)
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  shares.of(account).leave(job)
  return isDone
}

describe('what connections take of the event loop', () => {
  it('lets their account rest for three times as long, and others go on', async () => {
    expect(shares.of(acme).spend(2)).toBe(true)
    expect(await goesOn(acme, 5)).toBe(false)
    expect(await goesOn(globex, 0)).toBe(true)
    expect(await goesOn(acme, 1.1)).toBe(true)
  })

  it('is half a millisecond in one turn of it', async () => {
    const done: number[] = []
    for (let n = 0; n < 3; n++) shares.of(acme).lineUp({ expectedMs: 0.6, onTurn: () => void done.push(n) })
    expect(done).toEqual([0])
    await setImmediate()
    expect(done).toEqual([0, 1])
  })

  it('costs no rest where it is short and no other connection waits', async () => {
    for (let n = 0; n < 100; n++) expect(shares.of(acme).spend(0.9)).toBe(true)
    expect(await goesOn(acme, 0)).toBe(true)
  })

  it('is added up where it is short and others wait, until there is something to rest for', async () => {
    for (let n = 0; n < 3; n++) shares.of(acme).lineUp({ expectedMs: 1, onTurn: () => {} })
    // Each of its identities has one of its own.
    for (let n = 0; n < 5; n++) expect(shares.of(acme).spend(0.2)).toBe(true)
    expect(await goesOn(acme, 2.9)).toBe(false)
    expect(await goesOn(acme, 0.2)).toBe(true)
  })

  it('counts against a budget beyond the usual, and once that is used up their account has a hundredth of the time', async () => {
    for (let n = 0; n < 20; n++) expect(shares.of(acme).spend(23)).toBe(true)
    clock.pass(5_000)
    expect(shares.of(acme).spend(23)).toBe(false)
    expect(await goesOn(acme, 2_000)).toBe(false)
    expect(await goesOn(acme, 500)).toBe(true)
    // What is usual is no reason to close anything.
    expect(shares.of(acme).spend(4)).toBe(true)
    expect(shares.of(globex).spend(23)).toBe(true)
    expect(costs.state().refused).toBe(1)
  })

  it('counts against no budget where the clock alone tells, as the processor may have been with others', () => {
    for (let n = 0; n < 100; n++) expect(shares.of(acme).spend(8)).toBe(true)
    expect(costs.state().inUse).toBe(0)
  })

  it('counts whole where a usual target would have taken nothing', () => {
    for (let n = 0; n < 300; n++) expect(shares.of(acme).spend(1, 0)).toBe(true)
    expect(shares.of(acme).spend(1, 0)).toBe(false)
  })

  it('counts, added up, also where each piece is short: on a fast machine all are', () => {
    for (let n = 0; n < 1_200; n++) expect(shares.of(acme).spend(0.5, 0.25)).toBe(true)
    for (let n = 0; n < 3; n++) expect(shares.of(acme).spend(0.25, 0)).toBe(true)
    expect(shares.of(acme).spend(0.25, 0)).toBe(false)
  })

  it('counts no more than anything can take, as this process may have been stopped', () => {
    for (let n = 0; n < 14; n++) expect(shares.of(acme).spend(3_000)).toBe(true)
  })
})

describe('a connection that fails', () => {
  it('counts for three milliseconds, for which its account opens no other one; what is open goes on', async () => {
    const opened: string[] = []
    const open = (account: AccountId) => {
      shares.of(account).open({ expectedMs: 0.2, onTurn: () => void opened.push(account) })
    }
    shares.of(acme).countFailed()
    shares.of(acme).countFailed()
    open(acme)
    open(globex)
    expect(await goesOn(acme, 17.9)).toBe(true)
    expect(opened).toEqual([globex])
    clock.pass(0.2)
    while (opened.length < 2) await setTimeout(1)
    expect(opened).toEqual([globex, acme])
  })
})

describe('handshakes', () => {
  it('have a part of the places each, and wait for them', async () => {
    const until = new EventEmitter()
    const [first, second, third] = [1, 2, 3].map(() => shares.of(acme).handshake(until))
    expect(third).toBeInstanceOf(Promise)
    expect(shares.of(globex).handshake(until)).not.toBeInstanceOf(Promise)
    ;(await first)?.release()
    await third
    expect(await second).toBeDefined()
  })
})

describe('what all connections bring in one turn', () => {
  it('is too much beyond 256 KiB', async () => {
    const [one, other] = [shares.of(acme), shares.of(globex)]
    expect(one.isTooMuch(1, 200_000)).toBe(false)
    expect(other.isTooMuch(1, 200_000)).toBe(true)
    expect(other.isTooMuch(2, 200_000)).toBe(false)
    await setTimeout(0)
  })
})
