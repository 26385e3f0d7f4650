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

  it('of another epoch are settled by reads that began later only, at whatever revision', () => {
    const notices = new PendingNotices(() => {})
    const account = parseAccountId('a')
    notices.addForeign({ account, revision: 7, revoked: ['k'] }, 10)
    notices.settle(account, 9, 10)
    expect([notices.revision(account), notices.isRevoked(account, 'k'), notices.foreignAt(account)]).toEqual([
      0,
      true,
      10,
    ])
    expect(notices.harmlessSince(account)).toBeUndefined()
    notices.settle(account, 1, 11)
    expect([notices.isRevoked(account, 'k'), notices.foreignAt(account)]).toEqual([false, undefined])
  })

  it('that revoke the same twice are settled by the later revision, in whatever order they come', () => {
    const notices = new PendingNotices(() => {})
    const account = parseAccountId('a')
    notices.add({ account, revision: 6, revoked: ['mappings'] }, 0)
    notices.add({ account, revision: 5, revoked: ['mappings'] }, 1)
    notices.settle(account, 5, 2)
    expect(notices.isRevoked(account, 'mappings')).toBe(true)
  })

  it('keep 1,000 ids of an account; more give up its copy, and what is read before that is not held', () => {
    const forgotten: AccountId[] = []
    const notices = new PendingNotices((accountId) => forgotten.push(accountId))
    const account = parseAccountId('a')
    const revoke = (revision: number, now: number) =>
      notices.add({ account, revision, revoked: Array.from({ length: 500 }, (_, n) => `${revision}-${n}`) }, now)
    revoke(2, 10)
    revoke(3, 20)
    expect([forgotten, notices.isRevoked(account, '2-0')]).toEqual([[], true])
    revoke(4, 30)
    expect([forgotten, notices.isRevoked(account, '2-0'), notices.revision(account)]).toEqual([['a'], false, 4])
    expect([29, 30, 31].map((readAt) => notices.canJudge(account, readAt))).toEqual([false, false, true])
    expect(notices.harmlessSince(account)).toBeUndefined()
    notices.settle(account, 4, 31)
    expect([notices.revision(account), notices.foreignAt(account), notices.canJudge(account, 1)]).toEqual([
      0,
      undefined,
      true,
    ])
  })
})
