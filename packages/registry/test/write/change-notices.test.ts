import { describe, expect, it } from '@jest/globals'
import type { RecordId } from '@mtls-gateway/domain'
import { addAppKey, addMapping, revokeAppKey } from '../commands.ts'
import { ManualClock, settle } from '../manual-clock.ts'
import { accountId, newId } from '../sample-account.ts'
import { writerFixture } from '../writer-fixture.ts'

function fixture() {
  const clock = new ManualClock()
  const warnings: string[] = []
  const logger = { warn: (_details: object, message: string) => void warnings.push(message) }
  const { writer, changeFeed, store } = writerFixture({ clock, logger })
  const addKey = (id: RecordId, changeId = newId()) => writer.change(accountId, changeId, addAppKey(changeId, id))
  const revoke = (id: RecordId, changeId = newId()) => writer.change(accountId, changeId, revokeAppKey(changeId, id))
  const map = (id: number, changeId = newId()) => writer.change(accountId, changeId, addMapping(changeId, id))
  return { clock, writer, changeFeed, store, addKey, revoke, map, warnings }
}

describe('the notice of a change', () => {
  it('has the revision that the change made and what it revoked', async () => {
    const { changeFeed, addKey, revoke } = fixture()
    const appKey = newId()
    expect((await addKey(appKey)).noticed).toBe(true)
    expect((await revoke(appKey)).noticed).toBe(true)
    expect(changeFeed.appended).toEqual([
      { account: accountId, revision: 1, revoked: [] },
      { account: accountId, revision: 2, revoked: [appKey] },
    ])
  })

  it('does not fail the change when the feed is down', async () => {
    const { changeFeed, writer, map } = fixture()
    changeFeed.goDown()
    expect(await map(1)).toMatchObject({ result: 0, noticed: false })
    expect((await writer.read(accountId)).revision).toBe(1)
  })

  it('does not hold up the change for long when the feed hangs', async () => {
    const { clock, changeFeed, map } = fixture()
    const gate = Promise.withResolvers<void>()
    changeFeed.append = () => gate.promise
    const change = map(1)
    await clock.advance(2_000)
    expect((await change).noticed).toBe(false)
    gate.resolve()
  })

  it('is repeated until the feed has taken it, and never after that', async () => {
    const { clock, changeFeed, addKey, revoke, map } = fixture()
    const [first, second] = [newId(), newId()]
    await addKey(first)
    await addKey(second)
    changeFeed.goDown()
    await revoke(first)
    await revoke(second)
    await map(1)
    changeFeed.comeBack()
    changeFeed.appended.length = 0
    await clock.advance(1_000)
    expect(changeFeed.appended).toEqual([
      { account: accountId, revision: 3, revoked: [first] },
      { account: accountId, revision: 4, revoked: [second] },
      { account: accountId, revision: 5, revoked: [] },
    ])
    await clock.advance(120_000)
    expect(changeFeed.appended).toHaveLength(3)
  })

  it('is given up after a while, and that is logged', async () => {
    const { clock, changeFeed, map, warnings } = fixture()
    changeFeed.goDown()
    await map(1)
    await clock.advance(60_000)
    const { attempts } = changeFeed
    expect(attempts).toBe(8)
    expect(warnings.at(-1)).toMatch(/gave up/)
    await clock.advance(600_000)
    expect(changeFeed.attempts).toBe(attempts)
  })

  it('is tried once more at a clean stop', async () => {
    const { changeFeed, writer, map } = fixture()
    changeFeed.goDown()
    await map(1)
    await settle()
    changeFeed.comeBack()
    await writer.close()
    expect(changeFeed.appended).toEqual([{ account: accountId, revision: 1, revoked: [] }])
  })
})
