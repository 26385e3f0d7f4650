import { describe, expect, it } from '@jest/globals'
import { type AccountId, emptyAccount, parseAccountId } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { AccountCopies } from '../../src/read/account-copies.ts'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { ManualClock } from '../manual-clock.ts'

const account = parseAccountId('a')

function fixture() {
  const clock = new ManualClock()
  const copies = new AccountCopies({
    clock,
    ttlMs: 300_000,
    staleLimitMs: 3_600_000,
    maxBytes: 100_000,
    onCaughtUp: () => {},
  })
  /** A read of an account that began at some time. */
  const hold = async (revision: number, readAt = clock.now(), accountId: AccountId = account) => {
    const source = { account: { ...emptyAccount(accountId), revision } }
    const snapshot = await AccountSnapshot.index(source, readAt, new TimeSlices())
    copies.hold({ snapshot, gaps: copies.known(accountId).gaps, isOlder: false })
  }
  const tell = (revision: number, revoked: readonly string[] = []) => copies.receive({ account, revision, revoked })
  return { clock, copies, hold, tell }
}

describe('accounts whose copy is behind', () => {
  it('take turns', async () => {
    const { copies, hold } = fixture()
    const accounts = ['a', 'b', 'c'].map(parseAccountId)
    for (const each of accounts) await hold(1, undefined, each)
    expect(copies.nextBehind(2)).toEqual([])
    for (const each of accounts) copies.receive({ account: each, revision: 2, revoked: [] })
    expect(copies.nextBehind(2)).toEqual(['a', 'b'])
    expect(copies.nextBehind(2)).toEqual(['c', 'a'])
    expect(copies.nextBehind(0)).toEqual([])
    await hold(2)
    expect(copies.nextBehind(5)).toEqual(['b', 'c'])
  })
})

describe('change notices that no copy has', () => {
  it('are bounded, and the copy of an account whose notices had to make room is given up', async () => {
    const { copies, hold } = fixture()
    const accounts = Array.from({ length: 100_001 }, (_, n) => parseAccountId(`a${n}`))
    const [first = account, second = account] = accounts
    await hold(1, undefined, first)
    await hold(1, undefined, second)
    for (const each of accounts) copies.receive({ account: each, revision: 2, revoked: [] })
    expect([copies.known(first).revision, copies.held(first)]).toEqual([0, undefined])
    expect([copies.known(second).revision, copies.held(second)?.revision]).toEqual([2, 1])
  })

  it('are settled once a copy has them, and that gives up no copy', async () => {
    const { copies, hold, tell } = fixture()
    tell(3, ['k'])
    await hold(2)
    const state = () => [copies.known(account).revision, copies.isRevoked(account, 'k'), copies.isFresh(account)]
    expect(state()).toEqual([3, true, false])
    await hold(3)
    expect(state()).toEqual([3, false, true])
    expect(copies.held(account)?.revision).toBe(3)
  })

  it('outlive a copy that had to make room', async () => {
    const { copies, hold, tell } = fixture()
    await hold(1)
    tell(2, ['k'])
    for (let n = 0; n < 200; n++) await hold(1, undefined, parseAccountId(`other-${n}`))
    expect(copies.held(account)).toBeUndefined()
    expect([copies.known(account).revision, copies.isRevoked(account, 'k')]).toEqual([2, true])
    expect(copies.served(account)).toBeUndefined()
    await hold(1)
    expect(copies.isFresh(account)).toBe(false)
  })

  it('let a copy be served that lacks them, for 2 s, unless one of them revoked something', async () => {
    const { clock, copies, hold, tell } = fixture()
    const served = () => copies.slightlyBehind(account)?.revision
    await hold(1)
    expect(served()).toBeUndefined()
    tell(2)
    await clock.advance(1_500)
    tell(3)
    await clock.advance(499)
    expect(served()).toBe(1)
    await clock.advance(1)
    expect(served()).toBeUndefined()
    // What was told of before a read began is in what it reads.
    await hold(2)
    await clock.advance(1_999)
    expect(served()).toBe(2)
    tell(4, ['k'])
    expect(served()).toBeUndefined()
    await hold(4)
    tell(5)
    expect(served()).toBe(4)
  })

  it('of another epoch are settled by reads that began later only, at whatever revision', async () => {
    const { clock, copies, hold } = fixture()
    const toldAt = clock.now()
    copies.receive({ account, revision: 7, revoked: ['k'] }, false)
    await hold(9, toldAt)
    expect([copies.isRevoked(account, 'k'), copies.isFresh(account)]).toEqual([true, false])
    expect([copies.known(account).readAfter, copies.held(account)]).toEqual([toldAt, undefined])
    expect(copies.slightlyBehind(account)).toBeUndefined()
    await clock.advance(1)
    await hold(1)
    expect([copies.isRevoked(account, 'k'), copies.isFresh(account)]).toEqual([false, true])
    expect(copies.known(account).readAfter).toBe(Number.NEGATIVE_INFINITY)
  })

  it('of another epoch leave the copy from before for an outage', async () => {
    const { copies, hold } = fixture()
    await hold(1)
    copies.receive({ account, revision: 7, revoked: [] }, false)
    expect([copies.isFresh(account), copies.lastGood(account)?.revision]).toEqual([false, 1])
    expect(copies.nextBehind(1)).toEqual([account])
  })

  it('that revoke the same twice are settled by the later revision, in whatever order they come', async () => {
    const { copies, hold, tell } = fixture()
    tell(6, ['mappings'])
    tell(5, ['mappings'])
    await hold(5)
    expect(copies.isRevoked(account, 'mappings')).toBe(true)
    await hold(6)
    expect(copies.isRevoked(account, 'mappings')).toBe(false)
  })

  it('keep 1,000 ids of an account; more give up its copy, and what is read before that is not held', async () => {
    const { clock, copies, hold, tell } = fixture()
    const revoke = (revision: number) =>
      tell(
        revision,
        Array.from({ length: 500 }, (_, n) => `${revision}-${n}`),
      )
    await hold(1)
    revoke(2)
    revoke(3)
    expect([copies.held(account)?.revision, copies.isRevoked(account, '2-0')]).toEqual([1, true])
    await clock.advance(10)
    revoke(4)
    const forgottenAt = clock.now()
    expect([copies.held(account), copies.isRevoked(account, '2-0')]).toEqual([undefined, false])
    expect(copies.known(account)).toMatchObject({ revision: 4, readAfter: forgottenAt })
    for (const readAt of [forgottenAt - 1, forgottenAt]) {
      await hold(4, readAt)
      expect(copies.held(account)).toBeUndefined()
    }
    await clock.advance(1)
    await hold(4)
    expect([copies.held(account)?.revision, copies.isFresh(account)]).toEqual([4, true])
  })
})
