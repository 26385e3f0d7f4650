import { describe, expect, it } from '@jest/globals'
import type { Mapping, RecordId, TargetUrl } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, largeAccount, newId, sampleMapping } from '../sample-account.ts'

const minute = 60_000

describe('after the notice of a change', () => {
  it('the older copy is not served any more', async () => {
    const { reader, write, tell, reads } = await readerFixture()
    await reader.get(accountId)
    await write(2)
    await tell(2)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    expect(reads()).toBe(2)
  })

  it('a large account is as it is now: what was added, changed and deleted', async () => {
    const { reader, write, tell } = await readerFixture({ maxBytes: 1e8 })
    const { mappings, ...rest } = largeAccount({ certificates: 10, mappings: 400 })
    await write(2, { ...rest, revision: 2, mappings })
    await reader.get(accountId)
    const [first, second, ...others] = mappings
    if (!first || !second) throw new TypeError('there are 400')
    const added = sampleMapping({ url: 'https://api.example.com/added' })
    const changed = { ...second, enable: false }
    await write(3, { ...rest, revision: 3, mappings: [changed, ...others, added] })
    await tell(3)
    const account = await reader.get(accountId)
    const found = (mapping: Mapping) => account?.findMapping(mapping.serviceId, mapping.url as TargetUrl)
    expect(account?.revision).toBe(3)
    expect(found(first)).toBeUndefined()
    expect(found(second)).toEqual(changed)
    expect([...others, added].map(found)).toEqual([...others, added])
  })

  it('a large account trusts what its mappings trust now', async () => {
    const { reader, write, tell } = await readerFixture({ maxBytes: 1e8 })
    const { mappings, ...rest } = largeAccount({ certificates: 10, mappings: 400 })
    const [old, present] = [newId(), newId()]
    const trusting = (caRecordId: RecordId) => ({ ...sampleMapping({ id: 7 }), targetTrust: { caRecordId } })
    await write(2, { ...rest, revision: 2, mappings: [...mappings, trusting(old)] })
    expect((await reader.get(accountId))?.caRecordIds).toEqual(new Set([old]))
    await write(3, { ...rest, revision: 3, mappings: [...mappings, trusting(present)] })
    await tell(3)
    expect((await reader.get(accountId))?.caRecordIds).toEqual(new Set([present]))
  })

  it('that the copy has already, nothing is read', async () => {
    const { reader, write, tell, reads } = await readerFixture()
    await write(3)
    const copy = await reader.get(accountId)
    await tell(2)
    await tell(3)
    expect(reader.get(accountId)).toBe(copy)
    expect(reads()).toBe(1)
  })

  it('the older copy is served if the newer one can not be read', async () => {
    const { reader, store, tell } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    await tell(2)
    expect(await reader.get(accountId)).toBe(copy)
  })

  it('a read that was under way before it is done again for who asks after it', async () => {
    const { reader, store, write, tell, reads } = await readerFixture()
    const { reached, release } = store.hold('get')
    const before = reader.get(accountId)
    await reached
    await tell(2)
    const after = reader.get(accountId)
    release()
    // The first read is answered before the change is written, the second after it.
    store.intercept(async () => {
      store.comeBack()
      await write(2)
      return undefined
    })
    expect(await before).toMatchObject({ revision: 1 })
    expect(await after).toMatchObject({ revision: 2 })
    expect(reads()).toBe(2)
  })

  it('an account is read at most twice a second, and who asks for all changes waits for them', async () => {
    const { reader, clock, write, tell, reads } = await readerFixture()
    await reader.get(accountId)
    await write(2)
    await tell(2)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    await write(3)
    await tell(3)
    const third = reader.current(accountId)
    await clock.advance(900)
    await write(4)
    await tell(4)
    const fourth = reader.current(accountId)
    expect(reads()).toBe(2)
    await clock.advance(100)
    expect(await third).toMatchObject({ revision: 4 })
    expect(await fourth).toMatchObject({ revision: 4 })
    expect(reads()).toBe(3)
  })
})

describe('a load that comes back older than what was heard of', () => {
  it('is repeated until the newer one comes', async () => {
    const { reader, clock, write, tell, events, reads } = await readerFixture()
    await reader.get(accountId)
    await tell(2)
    const answer = reader.get(accountId)
    await clock.advance(350)
    expect(reads()).toBe(3)
    await write(2)
    await clock.advance(300)
    expect(await answer).toMatchObject({ revision: 2 })
    expect(events).toEqual([])
  })

  it('is served after 3 repetitions within a second: the store was restored', async () => {
    const { reader, clock, tell, write, events, reads } = await readerFixture()
    await reader.get(accountId)
    await tell(7)
    const answer = reader.get(accountId)
    await clock.advance(1_000)
    const copy = await answer
    expect(copy).toMatchObject({ revision: 1 })
    expect(reads()).toBe(5)
    expect(events).toEqual([{ type: 'store-restored', accountId, revision: 1 }])

    expect(reader.get(accountId)).toBe(copy)
    await write(2)
    await tell(2)
    await clock.advance(1_000)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    expect(events).toHaveLength(1)
  })

  it('is repeated as well when it is older than the copy that is held, or the account is gone', async () => {
    const { reader, store, clock, write, events } = await readerFixture()
    await write(5)
    await reader.get(accountId)
    await store.purge(accountPath(accountId))
    await clock.advance(5 * minute)
    const answer = reader.get(accountId)
    await clock.advance(1_000)
    expect(await answer).toBeUndefined()
    expect(events).toEqual([{ type: 'store-restored', accountId, revision: 0 }])
  })

  it('is not taken for a restored store when the change came after the read began', async () => {
    const { reader, store, write, tell, events, reads } = await readerFixture()
    const { reached, release } = store.hold('get')
    const answer = reader.get(accountId)
    await reached
    await tell(2)
    release()
    expect(await answer).toMatchObject({ revision: 1 })
    await write(2)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    expect(reads()).toBe(2)
    expect(events).toEqual([])
  })
})
