import { describe, expect, it } from '@jest/globals'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

describe('after a gap in the feed', () => {
  it('the next call of an account waits until it is read again', async () => {
    const { reader, changeFeed, write, events, reads } = await readerFixture()
    await reader.get(accountId)
    await write(2)
    changeFeed.tellOfGap()
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
    expect(reader.get(accountId)).toBeInstanceOf(AccountSnapshot)
    expect(reads()).toBe(2)
    expect(events).toEqual([{ type: 'gap' }])
  })

  it('the old copy is served only if the store can not be read', async () => {
    const { reader, changeFeed, store, reads } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    changeFeed.tellOfGap()
    expect(await reader.get(accountId)).toBe(copy)
    expect(reads()).toBe(2)
  })

  it('a read that was under way before it is done again for who asks after it', async () => {
    const { reader, store, changeFeed, write, reads } = await readerFixture()
    const { reached, release } = store.hold('get')
    const before = reader.get(accountId)
    await reached
    changeFeed.tellOfGap()
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
})

it('a reader that is stopped follows the feed no more', async () => {
  const { reader, changeFeed } = await readerFixture()
  expect(changeFeed.followers).toBe(1)
  await reader.stop()
  expect(changeFeed.followers).toBe(0)
})
