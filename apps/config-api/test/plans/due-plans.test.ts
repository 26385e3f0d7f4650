import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { type Certificate, parseAccountId } from '@mtls-gateway/domain'
import { DuePlans } from '../../src/plans/due-plans.ts'
import { accountWith, plannedCertificate as certificate, hourMs } from './planned-accounts.ts'

const account = (name: string, revision: number, certificates: readonly Certificate[]) =>
  accountWith(name, certificates, revision)

describe('due plans', () => {
  it('are told apart from those that wait for their source', () => {
    const plans = new DuePlans()
    const ordered = certificate(1, hourMs)
    const { profile: _, ...rest } = mustBe(ordered.plan)
    const sourced = { ...ordered, plan: { ...rest, source: 'mounted' } }
    plans.see(account('sourced', 1, [sourced, certificate(2, 9 * hourMs)]))
    expect(plans.accounts(Date.now() + 2 * hourMs)).toEqual([])
    expect([...plans.sourced()]).toEqual([['sourced', { id: 1, name: 'c1', source: 'mounted' }]])
    plans.see(account('sourced', 2, [certificate(1, hourMs)]))
    expect([...plans.sourced()]).toEqual([])
  })

  it('are those of accounts whose first plan is due, the certificates that expire first in front', () => {
    const plans = new DuePlans()
    const due = account('due', 1, [certificate(1, hourMs), certificate(2, hourMs / 2), certificate(3, 9 * hourMs)])
    plans.see(due)
    plans.see(account('later', 1, [certificate(4, 9 * hourMs)]))
    plans.see(account('unplanned', 1, [certificate(5, hourMs, false)]))
    expect(plans.accounts(Date.now())).toEqual(['due'])
    expect(plans.certificates(due, Date.now()).map(({ id }) => id)).toEqual([2, 1])
    expect(plans.count().get('idle')).toBe(4)
    expect(plans.accounts(Date.now() + 9 * hourMs).toSorted()).toEqual(['due', 'later'])
  })

  it('take turns by issuer: thousands of one keep none of another waiting', () => {
    const plans = new DuePlans()
    const late = certificate(100, hourMs)
    const { profile: _, ...rest } = mustBe(late.plan)
    const many = Array.from({ length: 50 }, (_, index) => certificate(index + 1, hourMs / 2))
    const due = account('a', 1, [...many, { ...late, plan: { ...rest, profile: 'other' } }])
    expect(
      plans
        .certificates(due, Date.now())
        .map(({ id }) => id)
        .slice(0, 3),
    ).toEqual([1, 100, 2])
  })

  it('follow the account: by its newest revision, until it has no plan', () => {
    const plans = new DuePlans()
    plans.see(account('a', 3, [certificate(1, hourMs)]))
    plans.see(account('a', 2, [certificate(1, 9 * hourMs)]))
    expect(plans.accounts(Date.now())).toEqual(['a'])
    plans.see(account('a', 4, [certificate(1, 9 * hourMs)]))
    expect(plans.accounts(Date.now())).toEqual([])
    plans.see(account('a', 5, [certificate(1, hourMs, false)]))
    expect(plans.accounts(Date.now() + 99 * hourMs)).toEqual([])
    expect(plans.count().get('idle')).toBe(0)
  })

  it('are left alone while the account is paused', () => {
    const plans = new DuePlans()
    plans.see(account('a', 1, [certificate(1, hourMs)]))
    plans.pause(parseAccountId('a'), Date.now() + 1_000)
    expect(plans.accounts(Date.now())).toEqual([])
    plans.see(account('a', 2, [certificate(1, hourMs)]))
    expect(plans.accounts(Date.now())).toEqual([])
    expect(plans.accounts(Date.now() + 2_001)).toEqual(['a'])
  })

  it('wait for an issuer that has enough to do, and not for another one', () => {
    const plans = new DuePlans()
    const other = certificate(2, hourMs)
    const due = account('a', 1, [
      certificate(1, hourMs),
      { ...other, plan: { ...mustBe(other.plan), profile: 'other' } },
    ])
    plans.see(due)
    plans.pauseOrders(due, 'test', Date.now() + 5_000)
    expect(plans.accounts(Date.now())).toEqual(['a'])
    expect(plans.certificates(due, Date.now()).map(({ id }) => id)).toEqual([2])
    plans.pauseOrders(due, 'other', Date.now() + 9_000)
    expect(plans.accounts(Date.now())).toEqual([])
    expect(plans.accounts(Date.now() + 6_001)).toEqual(['a'])
    expect(plans.certificates(due, Date.now() + 6_001).map(({ id }) => id)).toEqual([1])
  })

  it('are found without a look at any certificate', () => {
    const plans = new DuePlans()
    let reads = 0
    const get = (certificates: readonly Certificate[], name: PropertyKey) => {
      reads += 1
      return Reflect.get(certificates, name)
    }
    plans.see(account('a', 1, new Proxy([certificate(1, hourMs), certificate(2, 9 * hourMs)], { get })))
    expect(reads).toBeGreaterThan(0)
    reads = 0
    expect(plans.accounts(Date.now())).toEqual(['a'])
    expect(reads).toBe(0)
  })

  it('take less than 200 bytes each, even where each has an account of its own', async () => {
    const program = join(import.meta.dirname, 'plan-memory-program.ts')
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program])
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(Number(stdout)).toBeLessThan(200)
  })
})

function mustBe<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('it has a plan')
  return value
}
