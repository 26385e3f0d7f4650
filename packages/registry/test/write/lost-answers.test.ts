import { describe, expect, it } from '@jest/globals'
import { addMapping, removeMapping } from '../commands.ts'
import { accountId, newId, sampleAccount, sampleChange } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

describe('a write whose answer does not come', () => {
  it('has made the change if its id is in the account', async () => {
    const { writer, store, changeFeed } = writerFixture()
    store.failNext('put', 'answer-lost')
    const changeId = newId()
    const { result, account, noticed } = await writer.change(accountId, changeId, addMapping(changeId, 1))
    expect({ result, noticed }).toEqual({ result: 0, noticed: true })
    expect(account.mappings).toHaveLength(1)
    expect(await writer.read(accountId)).toEqual(account)
    expect(store.count('put')).toBe(1)
    expect(changeFeed.appended).toEqual([{ account: accountId, revision: 1, revoked: [] }])
  })

  it('is done again if its id is not in the account', async () => {
    const { writer, store } = writerFixture()
    store.failNext('put', 'unavailable')
    const changeId = newId()
    const { account } = await writer.change(accountId, changeId, addMapping(changeId, 1))
    expect(account).toMatchObject({ revision: 1, mappings: [{ name: 'm1' }] })
    expect(store.count('put')).toBe(2)
  })

  it('is found though others have changed the account since, with the result that it had', async () => {
    const { writer, store } = writerFixture()
    const elsewhere = writerFixture({ store }).writer
    await putAccount(store, sampleAccount())
    const changeId = newId()
    store.failNext('put', 'answer-lost')
    // Between the lost answer and the next look the mapping is removed again.
    let looks = 0
    store.intercept(async (operation) => {
      if (operation !== 'get' || ++looks !== 2) return undefined
      store.comeBack()
      const removal = newId()
      await elsewhere.change(accountId, removal, removeMapping(removal, 1))
      return undefined
    })
    const { result, account } = await writer.change(accountId, changeId, addMapping(changeId, 1))
    expect(result).toBe(0)
    expect(account.revision).toBe(2)
    expect(await writer.read(accountId)).toMatchObject({ revision: 3, mappings: [] })
  })

  it('is found though so many have changed the account that its entry went to the audit', async () => {
    // On a slow machine, 149 changes take longer than one may.
    const { writer, store } = writerFixture({ deadlineMs: 60_000 })
    const changes = Array.from({ length: 60 }, (_, n) => sampleChange(n + 1))
    await putAccount(store, sampleAccount({ revision: 60, changes }))
    const elsewhere = writerFixture({ store }).writer
    store.failNext('put', 'answer-lost')
    const changeId = newId()
    let looks = 0
    store.intercept(async (operation) => {
      if (operation !== 'get' || ++looks !== 2) return undefined
      store.comeBack()
      for (let id = 2; id <= 150; id++) {
        const otherId = newId()
        await elsewhere.change(accountId, otherId, addMapping(otherId, id))
      }
      return undefined
    })
    const { result } = await writer.change(accountId, changeId, addMapping(changeId, 1))
    expect(result).toBe(0)
    const account = await writer.read(accountId)
    expect(account.revision).toBe(210)
    expect(account.changes[0]?.revision).toBe(101)
    expect(account.mappings).toHaveLength(150)
  })

  it('that arrives after the next look makes the repetition conflict, and the change is found', async () => {
    const { writer, store } = writerFixture()
    const changeId = newId()
    let writeLate = async () => {}
    let puts = 0
    store.intercept(async (operation) => {
      if (operation !== 'put' || ++puts > 2) return undefined
      if (puts === 1) {
        const late = addMapping(changeId, 1)(await writer.read(accountId)).account
        writeLate = () => putAccount(store, late)
        return 'unavailable'
      }
      await writeLate()
      return undefined
    })
    const { account, result } = await writer.change(accountId, changeId, addMapping(changeId, 1))
    expect(result).toBe(0)
    expect(account.revision).toBe(1)
    expect((await writer.read(accountId)).mappings).toHaveLength(1)
  })
})
