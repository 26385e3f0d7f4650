import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { KnownCallers } from '../../../src/forward/caller/known-callers.ts'

const accounts = (count: number, name = 'account') =>
  Array.from({ length: count }, (_, n) => parseAccountId(`${name}-${n}`))
const [one, other] = [parseAccountId('one'), parseAccountId('other')]

function addMany(callers: KnownCallers, accountId: typeof one, count: number): void {
  for (let n = 0; n < count; n++) callers.add(accountId, `address ${n}`)
}

describe('known callers', () => {
  it('are the last hundred addresses of an account, however many another one has', () => {
    const callers = new KnownCallers()
    callers.add(one, 'first')
    addMany(callers, one, 99)
    expect(callers.has(one, 'first')).toBe(true)
    callers.add(one, 'first')
    addMany(callers, other, 30_000)
    callers.add(one, 'one more')
    expect(callers.has(one, 'first')).toBe(true)
    expect(callers.has(one, 'address 0')).toBe(false)
    expect(callers.has(other, 'address 29899')).toBe(false)
    expect(callers.has(other, 'address 29900')).toBe(true)
  })

  it('are forgotten of accounts with many, not of those with few', () => {
    const callers = new KnownCallers()
    callers.add(one, 'only')
    for (const accountId of accounts(1_000, 'many')) addMany(callers, accountId, 100)
    expect(callers.has(one, 'only')).toBe(true)
    const many = accounts(1_000, 'many').filter((accountId) => callers.has(accountId, 'address 99'))
    expect(many.length).toBeGreaterThan(190)
    callers.add(other, 'new')
    expect(callers.has(other, 'new')).toBe(true)
  })

  it('are forgotten of the account that has not called for longest, where all have as many', () => {
    const callers = new KnownCallers()
    const all = accounts(20_000)
    for (const accountId of all) callers.add(accountId, 'only')
    const [first = one, second = one] = all
    callers.add(first, 'only')
    callers.add(other, 'only')
    expect(callers.has(first, 'only')).toBe(true)
    expect(callers.has(second, 'only')).toBe(false)
    expect(callers.has(other, 'only')).toBe(true)
  })
})
