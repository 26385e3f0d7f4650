import { describe, expect, it } from '@jest/globals'
import { addMapping } from '../commands.ts'
import { ManualClock } from '../manual-clock.ts'
import { accountId, newId, sampleAccount, sampleChange } from '../sample-account.ts'
import { putAccount, writerFixture } from '../writer-fixture.ts'

const key = { privateKey: '-----BEGIN PRIVATE KEY-----' }
const refused = { code: 'STORE_REFUSED', message: expect.stringContaining('Nothing was changed') }
const logged = {
  account: accountId,
  event: 'store-refused',
  err: expect.objectContaining({ name: 'StoreError', message: 'injected' }),
}

function fixture() {
  const warnings: unknown[] = []
  const logger = { warn: (details: object) => void warnings.push(details) }
  const clock = new ManualClock()
  return { warnings, clock, ...writerFixture({ logger, clock }) }
}

describe('a write that the store refuses', () => {
  it('is tried once, reported as refused and logged with the reason; nothing has changed', async () => {
    const { writer, store, warnings, changeFeed } = fixture()
    store.failNext('put', 'refused')
    const changeId = newId()
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toMatchObject(refused)
    expect(store.count('put')).toBe(1)
    expect(warnings).toEqual([logged])
    expect(await writer.read(accountId)).toMatchObject({ revision: 0, mappings: [] })
    expect(changeFeed.appended).toEqual([])
  })

  it('is tried once where the disk takes none, and reported as that', async () => {
    const { writer, store, warnings } = fixture()
    store.failNext('put', 'not-writable', 'not-writable')
    const notWritable = { code: 'STORE_NOT_WRITABLE', message: expect.stringContaining('Nothing was changed') }
    const changeId = newId()
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toMatchObject(notWritable)
    await expect(writer.records.put('keys', accountId, newId(), key)).rejects.toMatchObject(notWritable)
    expect(store.count('put')).toBe(2)
    // The store tells of it itself, once for all accounts.
    expect(warnings).toEqual([])
  })

  it('is refused where it is a segment of the audit, or a record, as well', async () => {
    const { writer, store, warnings } = fixture()
    const changes = Array.from({ length: 200 }, (_, n) => sampleChange(n + 1))
    await putAccount(store, sampleAccount({ revision: 200, changes }))
    store.failNext('put', 'refused', 'refused')
    const changeId = newId()
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toMatchObject(refused)
    await expect(writer.records.put('keys', accountId, newId(), key)).rejects.toMatchObject(refused)
    expect(warnings).toEqual([logged, logged])
    expect(await writer.read(accountId)).toMatchObject({ revision: 200 })
  })

  it('is logged where the policies do not allow it, as well', async () => {
    const { writer, store, warnings } = fixture()
    store.failNext('put', 'forbidden', 'forbidden')
    const changeId = newId()
    const unavailable = { code: 'STORE_UNAVAILABLE', details: {} }
    await expect(writer.change(accountId, changeId, addMapping(changeId, 1))).rejects.toMatchObject(unavailable)
    await expect(writer.records.put('keys', accountId, newId(), key)).rejects.toMatchObject(unavailable)
    expect(warnings).toEqual([logged, logged])
  })

  it('leaves the outcome unknown if an earlier attempt had no answer', async () => {
    const { writer, store, clock, warnings } = fixture()
    store.failNext('put', 'unavailable', 'refused')
    const changeId = newId()
    const outcome = writer.change(accountId, changeId, addMapping(changeId, 1)).catch((error: unknown) => error)
    await clock.advance(1_000)
    expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'unknown' } })
    expect(warnings).toEqual([logged])
  })
})
