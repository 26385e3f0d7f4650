import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { PendingNotices } from '../../src/read/pending-notices.ts'

describe('change notices that wait for a copy', () => {
  it('are bounded, and the copy of an account whose notices had to make room is given up', () => {
    const forgotten: AccountId[] = []
    const notices = new PendingNotices((accountId) => forgotten.push(accountId))
    const accounts = Array.from({ length: 100_001 }, (_, n) => parseAccountId(`a${n}`))
    for (const account of accounts) notices.add({ account, revision: 2, revoked: [] }, 0)
    expect(forgotten).toEqual(['a0'])
    expect(accounts.slice(0, 2).map((account) => notices.revision(account))).toEqual([0, 2])
  })

  it('are settled once a copy has them, and that gives up no copy', () => {
    const forgotten: AccountId[] = []
    const notices = new PendingNotices((accountId) => forgotten.push(accountId))
    const account = parseAccountId('a')
    notices.add({ account, revision: 3, revoked: ['k'] }, 0)
    notices.settle(account, 2, 0)
    expect([notices.revision(account), notices.isRevoked(account, 'k')]).toEqual([3, true])
    notices.settle(account, 3, 0)
    expect([notices.revision(account), notices.isRevoked(account, 'k')]).toEqual([0, false])
    expect(forgotten).toEqual([])
  })

  it('tell since when a copy lacks changes, unless one of them revoked something', () => {
    const notices = new PendingNotices(() => {})
    const account = parseAccountId('a')
    expect(notices.harmlessSince(account)).toBeUndefined()
    notices.add({ account, revision: 2, revoked: [] }, 10)
    notices.add({ account, revision: 3, revoked: [] }, 20)
    expect(notices.harmlessSince(account)).toBe(10)
    // What was told of before a read began is in what it reads.
    notices.settle(account, 2, 15)
    expect(notices.harmlessSince(account)).toBe(15)
    notices.add({ account, revision: 4, revoked: ['k'] }, 30)
    expect(notices.harmlessSince(account)).toBeUndefined()
    notices.settle(account, 4, 35)
    notices.add({ account, revision: 5, revoked: [] }, 40)
    expect(notices.harmlessSince(account)).toBe(40)
  })
})
