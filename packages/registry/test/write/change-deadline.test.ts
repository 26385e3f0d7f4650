import { describe, expect, it } from '@jest/globals'
import { Deadline } from '../../src/clock.ts'
import { addMapping, revokeAppKey } from '../commands.ts'
import { ManualClock } from '../manual-clock.ts'
import { accountId, newId, sampleAccount, sampleAppKey } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const deadlineMs = 10_000

function fixture() {
  const clock = new ManualClock()
  return { clock, ...writerFixture({ clock }) }
}

/** The outcome of a change that is given all the time there is. */
async function afterDeadline(clock: ManualClock, change: Promise<unknown>): Promise<unknown> {
  const outcome = change.then(
    () => 'done',
    (error: unknown) => error,
  )
  await clock.advance(deadlineMs + 1_000)
  return outcome
}

describe('a deadline', () => {
  it('leaves no time, rather than less than none, once it has passed', async () => {
    const clock = new ManualClock()
    const deadline = new Deadline(clock, 100)
    expect(deadline.remainingMs).toBe(100)
    await clock.advance(103)
    expect(deadline.remainingMs).toBe(0)
  })
})

describe('a change that can not be made for 10 s', () => {
  it('is answered ACCOUNT_BUSY when others were always faster', async () => {
    const { clock, writer, store } = fixture()
    store.intercept((operation) => (operation === 'put' ? 'conflict' : undefined))
    const changeId = newId()
    const error = await afterDeadline(clock, writer.change(accountId, changeId, addMapping(changeId, 1)))
    expect(error).toMatchObject({ code: 'ACCOUNT_BUSY', retryAfterSeconds: 1 })
    expect(store.count('put')).toBeGreaterThan(5)
  })

  it.each(['unavailable', 'forbidden'] as const)('is answered STORE_UNAVAILABLE when reads are %s', async (fault) => {
    const { clock, writer, store } = fixture()
    store.goDown(fault)
    const changeId = newId()
    const error = await afterDeadline(clock, writer.change(accountId, changeId, addMapping(changeId, 1)))
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterSeconds: 5, details: {} })
    await expect(writer.read(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is answered STORE_UNAVAILABLE when the store hangs; so are those that only waited behind it', async () => {
    const { clock, writer, store } = fixture()
    store.hold('get')
    const changes = Promise.allSettled(
      [1, 2, 3].map((number) => {
        const changeId = newId()
        return writer.change(accountId, changeId, addMapping(changeId, number))
      }),
    )
    const reason = expect.objectContaining({ code: 'STORE_UNAVAILABLE', details: {} })
    expect(await afterDeadline(clock, changes)).toBe('done')
    expect(await changes).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason })))
  })

  it('is answered ACCOUNT_BUSY when it only waited behind one that others kept from being made', async () => {
    const { clock, writer, store } = fixture()
    store.intercept((operation) => (operation === 'put' ? 'conflict' : undefined))
    const [first, second] = [newId(), newId()]
    const before = writer.change(accountId, first, addMapping(first, 1)).catch((error: unknown) => error)
    const behind = await afterDeadline(clock, writer.change(accountId, second, addMapping(second, 2)))
    expect([await before, behind]).toMatchObject([{ code: 'ACCOUNT_BUSY' }, { code: 'ACCOUNT_BUSY' }])
  })

  it.each(['damaged', 'deleted'] as const)(
    'is answered STORE_DAMAGED at once when the account is %s',
    async (fault) => {
      const { writer, store } = fixture()
      store.goDown(fault)
      const changeId = newId()
      const change = writer.change(accountId, changeId, addMapping(changeId, 1))
      await expect(change).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
      expect(store.count('put')).toBe(0)
    },
  )

  it('is answered ACCOUNT_FULL at once when the store finds it too large', async () => {
    const { writer, store } = fixture()
    store.failNext('put', 'too-large')
    const changeId = newId()
    const change = writer.change(accountId, changeId, addMapping(changeId, 1))
    await expect(change).rejects.toMatchObject({ code: 'ACCOUNT_FULL' })
  })

  it('tells that its outcome is not known where a write got no answer', async () => {
    const { clock, writer, store } = fixture()
    store.intercept((operation) => (operation === 'put' ? 'unavailable' : undefined))
    const changeId = newId()
    const error = await afterDeadline(clock, writer.change(accountId, changeId, addMapping(changeId, 1)))
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'unknown' } })
  })

  it('is announced nevertheless when it turns out to have been made', async () => {
    const { clock, writer, store, changeFeed } = fixture()
    const appKey = sampleAppKey()
    await putAccount(store, sampleAccount({ appKeys: [appKey] }))
    store.failNext('put', 'answer-lost')
    store.intercept((operation) => (operation === 'get' && store.count('put') > 1 ? 'unavailable' : undefined))
    const changeId = newId()
    const error = await afterDeadline(clock, writer.change(accountId, changeId, revokeAppKey(changeId, appKey.id)))
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'unknown' } })
    expect(changeFeed.appended).toEqual([])
    store.comeBack()
    await clock.advance(30_000)
    expect(changeFeed.appended).toEqual([{ account: accountId, revision: 2, revoked: [appKey.id] }])
  })
})
