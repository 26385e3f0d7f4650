import { describe, expect, it } from '@jest/globals'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

/** A reader of an account that has just been read twice, and has changed once more. */
async function behind(revoked: readonly string[] = []) {
  const fixture = await readerFixture()
  const { reader, write, tell } = fixture
  await reader.get(accountId)
  await write(2)
  await tell(2)
  await reader.get(accountId)
  await write(3)
  await tell(3, revoked)
  return fixture
}

describe('an account that changes more often than it may be read', () => {
  it('is served without a wait, at most a read behind, and as it is once it may be read', async () => {
    const { reader, clock, reads } = await behind()
    expect(reader.get(accountId)).toMatchObject({ revision: 2 })
    await clock.advance(999)
    expect(reader.get(accountId)).toMatchObject({ revision: 2 })
    await clock.advance(1)
    expect(reader.get(accountId)).toMatchObject({ revision: 3 })
    expect(reads()).toBe(3)
  })

  it('makes no call wait while six writers change it', async () => {
    const { reader, clock, write, tell, reads } = await readerFixture()
    await reader.get(accountId)
    let revision = 1
    let [waited, calls] = [0, 0]
    for (let ms = 0; ms < 10_000; ms += 20) {
      if (ms % 100 === 0) {
        revision += 1
        await write(revision)
        await tell(revision)
      }
      const account = reader.get(accountId)
      calls += 1
      if (account instanceof Promise) waited += 1
      await clock.advance(20)
      // At most a second's changes are missing, and those of a read.
      expect((await account)?.revision).toBeGreaterThanOrEqual(revision - 11)
    }
    expect(reads()).toBeLessThanOrEqual(21)
    expect(waited / calls).toBeLessThan(0.05)
  })

  it('is served as it is to whoever asks for something that the copy lacks', async () => {
    const { reader, clock } = await behind()
    const current = reader.current(accountId)
    await clock.advance(1_000)
    expect(await current).toMatchObject({ revision: 3 })
  })

  it('is not served any more when something was revoked', async () => {
    const { reader, clock } = await behind(['k3y'])
    expect(reader.isRevoked(accountId, 'k3y')).toBe(true)
    const waiting = reader.get(accountId)
    expect(waiting).toBeInstanceOf(Promise)
    await clock.advance(1_000)
    expect(await waiting).toMatchObject({ revision: 3 })
  })

  it('waits for a read that is under way', async () => {
    const { reader, store, clock } = await behind()
    const { reached, release } = store.hold('get')
    expect(reader.get(accountId)).toMatchObject({ revision: 2 })
    await clock.advance(1_000)
    await reached
    const waiting = reader.get(accountId)
    expect(waiting).toBeInstanceOf(Promise)
    release()
    expect(await waiting).toMatchObject({ revision: 3 })
  })

  it('is not served after a gap', async () => {
    const { reader, changeFeed, clock } = await behind()
    changeFeed.tellOfGap()
    const waiting = reader.get(accountId)
    expect(waiting).toBeInstanceOf(Promise)
    await clock.advance(1_000)
    expect(await waiting).toMatchObject({ revision: 3 })
  })
})
