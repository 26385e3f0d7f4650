import { describe, expect, it } from '@jest/globals'
import { accountPath } from '@mtls-gateway/secret-store'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { settle } from '../manual-clock.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

const minute = 60_000
const unavailable = { code: 'STORE_UNAVAILABLE', retryAfterSeconds: 5 }

describe('while the store can not be read', () => {
  it.each([
    ['unavailable', 'STORE_UNAVAILABLE'],
    ['forbidden', 'STORE_UNAVAILABLE'],
    ['damaged', 'STORE_DAMAGED'],
    ['deleted', 'STORE_DAMAGED'],
  ] as const)('because it is %s, an account that is not held is answered %s', async (fault, code) => {
    const { reader, store } = await readerFixture()
    store.goDown(fault)
    await expect(reader.get(accountId)).rejects.toMatchObject({ code })
  })

  it('the last good copy is served until it is an hour old', async () => {
    const { reader, store, clock } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    await clock.advance(5 * minute)
    expect(await reader.get(accountId)).toBe(copy)
    await clock.advance(55 * minute - 1)
    expect(await reader.get(accountId)).toBe(copy)
    await clock.advance(1_000)
    await expect(reader.get(accountId)).rejects.toMatchObject(unavailable)
  })

  it('it is known how many copies are served nevertheless, and how old the oldest is', async () => {
    const { reader, store, clock } = await readerFixture()
    await reader.get(accountId)
    store.goDown()
    expect(reader.staleness()).toEqual({ copies: 0, oldestMs: 0 })
    await clock.advance(6 * minute)
    await reader.get(accountId)
    expect(reader.staleness()).toEqual({ copies: 1, oldestMs: 6 * minute })
    store.comeBack()
    await clock.advance(1_000)
    await reader.refresh(accountId)
    expect(reader.staleness()).toEqual({ copies: 0, oldestMs: 0 })
  })

  it('no copy is served beyond its time if the limit is 0', async () => {
    const { reader, store, clock } = await readerFixture({ staleLimitMs: 0 })
    await reader.get(accountId)
    store.goDown()
    await clock.advance(5 * minute)
    await expect(reader.get(accountId)).rejects.toMatchObject(unavailable)
  })

  it('an account that was absent is not taken for absent any longer', async () => {
    const { reader, store, clock } = await readerFixture()
    await store.purge(accountPath(accountId))
    expect(await reader.get(accountId)).toBeUndefined()
    store.goDown()
    await clock.advance(5_000)
    await expect(reader.get(accountId)).rejects.toMatchObject(unavailable)
  })

  it('it is asked at most every 500 ms for an account, and the calls between do not wait', async () => {
    const { reader, store, clock, reads } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    await clock.advance(5 * minute)
    await reader.get(accountId)
    expect(reads()).toBe(2)
    for (let call = 0; call < 10; call++) {
      await clock.advance(100)
      expect(reader.get(accountId)).toBe(copy)
    }
    await settle()
    expect(reads()).toBe(4)
  })

  it('calls for an account that is not held are refused at once between the attempts', async () => {
    const { reader, store, clock, reads } = await readerFixture()
    store.goDown()
    for (let call = 0; call < 10; call++) await expect(reader.get(accountId)).rejects.toMatchObject(unavailable)
    expect(reads()).toBe(1)
    store.comeBack()
    await clock.advance(500)
    expect(await reader.get(accountId)).toMatchObject({ revision: 1 })
  })

  it('and hangs, only the first calls wait for it; when it answers again its copy is served', async () => {
    const { reader, store, clock, write } = await readerFixture()
    const copy = await reader.get(accountId)
    await write(2)
    await clock.advance(5 * minute)
    const first = store.hold('get')
    const waiting = reader.get(accountId)
    await first.reached
    first.release('unavailable')
    expect(await waiting).toBe(copy)

    await clock.advance(500)
    const second = store.hold('get')
    expect(reader.get(accountId)).toBe(copy)
    await second.reached
    await clock.advance(5_000)
    expect(reader.get(accountId)).toBe(copy)
    second.release()
    await settle()
    expect(reader.get(accountId)).toMatchObject({ revision: 2 })
  })

  it('and hangs, calls for what the copy lacks wait no more than others', async () => {
    const { reader, store, clock, reads, write } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    await clock.advance(5 * minute)
    expect(await reader.revalidate(accountId)).toBe(copy)
    expect(reads()).toBe(2)
    for (let call = 0; call < 4; call++) {
      await clock.advance(100)
      expect([reader.current(accountId), reader.revalidate(accountId)]).toEqual([copy, copy])
    }
    expect(reads()).toBe(2)

    await clock.advance(500)
    store.comeBack()
    await write(2)
    const attempt = store.hold('get')
    expect(reader.current(accountId)).toBe(copy)
    await attempt.reached
    await clock.advance(3_000)
    expect([reader.current(accountId), reader.revalidate(accountId)]).toEqual([copy, copy])
    attempt.release()
    await settle()
    expect(reader.current(accountId)).toMatchObject({ revision: 2 })
  })

  it('what is not held is refused at once between the attempts, whatever asks for it', async () => {
    const { reader, store, reads } = await readerFixture()
    store.goDown()
    for (let call = 0; call < 3; call++) await expect(reader.current(accountId)).rejects.toMatchObject(unavailable)
    expect(reads()).toBe(1)
  })

  it('a call some time after the last failure waits for the newer copy again', async () => {
    const { reader, store, clock, write } = await readerFixture()
    const copy = await reader.get(accountId)
    store.goDown()
    await clock.advance(5 * minute)
    expect(await reader.get(accountId)).toBe(copy)
    store.comeBack()
    await write(2)
    await clock.advance(1_000)
    expect(await reader.get(accountId)).toMatchObject({ revision: 2 })
  })

  it('a failed load is told of, without a secret', async () => {
    const { reader, store, events } = await readerFixture()
    store.goDown()
    await expect(reader.get(accountId)).rejects.toBeInstanceOf(Error)
    expect(events).toEqual([
      { type: 'load-failed', accountId, error: expect.objectContaining({ reason: 'unavailable' }) },
    ])
  })

  it('a fresh copy needs no store', async () => {
    const { reader, store, reads } = await readerFixture()
    await reader.get(accountId)
    store.goDown()
    expect(reader.get(accountId)).toBeInstanceOf(AccountSnapshot)
    expect(reads()).toBe(1)
  })
})
