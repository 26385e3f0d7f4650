import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { HeardChanges } from '../../src/read/heard-changes.ts'

describe('what was heard of accounts', () => {
  it('is bounded, and the copy of an account whose news had to make room is given up', () => {
    const forgotten: AccountId[] = []
    const heard = new HeardChanges((accountId) => forgotten.push(accountId))
    const accounts = Array.from({ length: 100_001 }, (_, n) => parseAccountId(`a${n}`))
    for (const account of accounts) heard.hear({ account, revision: 2, revoked: [] }, 0)
    expect(forgotten).toEqual(['a0'])
    expect(accounts.slice(0, 2).map((account) => heard.revision(account))).toEqual([0, 2])
  })

  it('is no news any more once it is held, and that gives up no copy', () => {
    const forgotten: AccountId[] = []
    const heard = new HeardChanges((accountId) => forgotten.push(accountId))
    const account = parseAccountId('a')
    heard.hear({ account, revision: 3, revoked: ['k'] }, 0)
    heard.settle(account, 2)
    expect([heard.revision(account), heard.isRevoked(account, 'k')]).toEqual([3, true])
    heard.settle(account, 3)
    expect([heard.revision(account), heard.isRevoked(account, 'k')]).toEqual([0, false])
    expect(forgotten).toEqual([])
  })
})
