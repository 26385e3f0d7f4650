import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Account, AccountId, Certificate } from '@mtls-gateway/domain'
import { DuePlans } from '../../src/plans/due-plans.ts'
import type { StepOutcome } from '../../src/plans/plan-runner.ts'
import { PlanWorker } from '../../src/plans/plan-worker.ts'
import { accountWith, plannedCertificate } from './planned-accounts.ts'

describe('the worker of plans', () => {
  let worker: PlanWorker | undefined

  afterEach(() => worker?.stop())

  /** Over these accounts, which are all due and stay so: no step changes anything. */
  function start(accounts: readonly Account[], step: (account: AccountId, id: number) => Promise<StepOutcome>) {
    const plans = new DuePlans()
    for (const account of accounts) plans.see(account)
    const byId = new Map(accounts.map((account) => [account.accountId, account]))
    let [reading, readAtOnce] = [0, 0]
    worker = new PlanWorker({
      plans,
      runner: { runDue: (accountId: AccountId, { id }: Certificate) => step(accountId, id) },
      writer: {
        read: () => Promise.reject(new TypeError('not listed')),
        readInTurn: async (accountId) => {
          readAtOnce = Math.max(readAtOnce, ++reading)
          await setTimeout(1)
          reading -= 1
          return byId.get(accountId) ?? Promise.reject(new TypeError('unknown'))
        },
      },
      accounts: undefined,
      listEveryMs: 3_600_000,
      log: { warn: () => undefined },
    })
    return { readAtOnce: () => readAtOnce }
  }

  it('leaves alone for a while what fails, and can not even be noted', async () => {
    let steps = 0
    start([accountWith('full', [plannedCertificate(1)])], async () => {
      steps += 1
      return 'vain'
    })
    await setTimeout(3_500)
    expect(steps).toBe(1)
  })

  it('looks ever more rarely at what waits for an issuer, and goes on with others meanwhile', async () => {
    const orders = new Map<number, number>()
    const other = plannedCertificate(2)
    const certificates = [
      plannedCertificate(1),
      { ...other, ...(other.plan && { plan: { ...other.plan, profile: 'b' } }) },
    ]
    start([accountWith('two', certificates)], async (_, id) => {
      orders.set(id, (orders.get(id) ?? 0) + 1)
      return id === 1 ? 'later' : 'idle'
    })
    await setTimeout(10_500)
    expect(orders.get(1)).toBeLessThan(4)
    expect(orders.get(2)).toBeGreaterThan(4)
  })

  it('begins no more of one issuer than it may be sent, and none once it does not answer', async () => {
    const certificates = Array.from({ length: 16 }, (_, index) => plannedCertificate(index + 1))
    let [atOnce, most, steps] = [0, 0, 0]
    start([accountWith('a', certificates)], async () => {
      most = Math.max(most, ++atOnce)
      steps += 1
      await setTimeout(2_000)
      atOnce -= 1
      return 'unanswered'
    })
    await setTimeout(3_500)
    expect(most).toBe(2)
    expect(steps).toBeLessThanOrEqual(4)
  })

  it('looks at some accounts at once, however many are due, and at all of them in turn', async () => {
    const accounts = Array.from({ length: 1_000 }, (_, index) => accountWith(`a${index}`, [plannedCertificate(1)]))
    const seen = new Set<AccountId>()
    const { readAtOnce } = start(accounts, async (account) => {
      seen.add(account)
      return 'idle'
    })
    for (const until = performance.now() + 10_000; seen.size < 1_000 && performance.now() < until; ) {
      await setTimeout(50)
    }
    expect(seen.size).toBe(1_000)
    expect(readAtOnce()).toBeLessThanOrEqual(16)
  })

  it('does not keep an account waiting for others with thousands of certificates', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => plannedCertificate(index + 1))
    const large = Array.from({ length: 16 }, (_, index) => accountWith(`large${index}`, many))
    const done = new Set<string>()
    const isSmallDone = () => done.has('small:1')
    start([...large, accountWith('small', [plannedCertificate(1)])], async (account, id) => {
      const step = `${account}:${id}`
      if (done.has(step)) return 'idle'
      await setTimeout(5)
      done.add(step)
      return 'done'
    })
    for (const until = performance.now() + 10_000; !isSmallDone() && performance.now() < until; ) await setTimeout(20)
    expect(isSmallDone()).toBe(true)
    expect(done.size).toBeLessThan(2_000)
  })
})
