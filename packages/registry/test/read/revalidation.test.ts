import { describe, expect, it } from '@jest/globals'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

describe('revalidating a fresh copy', () => {
  it('reads the account at most once in 5 s', async () => {
    const { reader, clock, write, reads } = await readerFixture()
    await reader.get(accountId)
    await write(2)
    const copy = await reader.revalidate(accountId)
    expect(copy).toMatchObject({ revision: 2 })
    await clock.advance(4_999)
    expect(reader.revalidate(accountId)).toBe(copy)
    expect(reads()).toBe(2)
    await clock.advance(1)
    await reader.revalidate(accountId)
    expect(reads()).toBe(3)
  })

  it('for a missing key is not used up by unknown app keys', async () => {
    const { reader, write } = await readerFixture()
    await reader.revalidate(accountId, 'unknown-app-key')
    await write(2)
    expect(await reader.revalidate(accountId, 'missing-key')).toMatchObject({ revision: 2 })
  })

  it('gives the copy that is held if the store can not be read', async () => {
    const { reader, store } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    expect(await reader.revalidate(accountId)).toBe(copy)
  })
})
