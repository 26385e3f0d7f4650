import { describe, expect, it } from '@jest/globals'
import { planAccounts } from '../src/scale/plan.ts'

describe('the plan of accounts', () => {
  it.each([
    [500, 10_000, 100_000],
    [3, 6, 30],
    [7, 100, 1_001],
    [1, 5, 9],
  ])('of %i accounts holds exactly %i certificates and %i mappings', (accounts, certificates, mappings) => {
    const plan = planAccounts({ accounts, certificates, mappings })
    const sum = (field: 'certificates' | 'mappings') => plan.reduce((total, account) => total + account[field], 0)

    expect(new Set(plan.map(({ id }) => id)).size).toBe(accounts)
    expect([sum('certificates'), sum('mappings')]).toEqual([certificates, mappings])
  })

  it('makes the first account as large as one may be', () => {
    const [first] = planAccounts({ accounts: 500, certificates: 10_000, mappings: 100_000 })

    expect(first).toMatchObject({ certificates: 1_000, mappings: 10_000 })
  })
})
