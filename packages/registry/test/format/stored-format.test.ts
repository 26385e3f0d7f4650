import { describe, expect, it } from '@jest/globals'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, appKeyMacsPath, recordPath, type SecretPath, type SecretValue } from '@mtls-gateway/secret-store'
import { readSegment } from '../../src/audit-trail.ts'
import { encodeAccount } from '../../src/format/account-codec.ts'
import { collectGarbage } from '../../src/maintenance/garbage-collection.ts'
import { migrate } from '../../src/maintenance/migration.ts'
import { readMacKeys } from '../../src/records/mac-keys.ts'
import { readRecord } from '../../src/records/records.ts'
import { addMapping } from '../commands.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryStore } from '../memory-store.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, largeAccount, newId, sampleAccount, sampleChange, sampleMapping } from '../sample-account.ts'
import { decodeAccount, writerFixture } from '../writer-fixture.ts'

const slices = new TimeSlices()
const id = newId()
const newer = { format: 3, readBy: '0.4.0', whatever: { there: 'is' } }
const refused = { code: 'STORE_NEWER', message: expect.stringContaining('Release 0.4.0 or later reads it') }

async function holding(path: SecretPath, value: SecretValue) {
  const fixture = writerFixture()
  await fixture.store.put(path, value, 0)
  return fixture
}

describe('an account of a later format', () => {
  it('is refused with the release that reads it, and is not written', async () => {
    const { writer, store, changeFeed } = await holding(accountPath(accountId), newer)
    const changeId = newId()
    for (const attempt of [
      writer.read(accountId),
      writer.credentials(accountId),
      writer.changes(accountId, { limit: 10 }),
      writer.change(accountId, changeId, addMapping(changeId, 1)),
    ]) {
      await expect(attempt).rejects.toMatchObject(refused)
    }
    expect(store.count('put')).toBe(1)
    expect(changeFeed.appended).toEqual([])
    expect(await store.get(accountPath(accountId))).toEqual({ value: newer, version: 1 })
  })

  it('leaves the outcome of a change unknown that may have been made before, and its records where they are', async () => {
    const clock = new ManualClock()
    const { writer, store } = writerFixture({ clock })
    const record = { kind: 'keys', accountId, id } as const
    await writer.records.put('keys', accountId, id, { privateKey: 'k' })
    store.failNext('put', 'answer-lost')
    const changeId = newId()
    const outcome = writer
      .change(accountId, changeId, addMapping(changeId, 1), { written: [record] })
      .catch((error: unknown) => error)
    await clock.advance(0)
    await store.put(accountPath(accountId), newer, 1)
    await clock.advance(1_000)
    expect(await outcome).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'unknown' }, cause: refused })
    expect(await writer.records.exists('keys', accountId, id)).toBe(true)
    await writer.close()
  })

  it('is refused to calls, which go on with the copy that they have', async () => {
    const { store, reader, clock, events } = await readerFixture()
    const copy = await reader.get(accountId)
    expect(copy?.revision).toBe(1)
    await store.put(accountPath(accountId), newer, 1)
    await clock.advance(300_000)
    expect(await reader.get(accountId)).toBe(copy)
    expect(events).toEqual([{ type: 'load-failed', accountId, error: expect.objectContaining(refused) }])

    const cold = await readerFixture()
    await cold.store.put(accountPath(accountId), newer, 1)
    await expect(cold.reader.get(accountId)).rejects.toMatchObject(refused)
  })

  it('keeps all its records, and is not migrated', async () => {
    const { store } = await holding(accountPath(accountId), newer)
    await store.put(recordPath('keys', accountId, id), { privateKey: 'k' }, 0)
    const { problems } = await collectGarbage({ store, now: () => 10 * 86_400_000 })
    expect(problems).toEqual([{ account: accountId, problem: refused.message }])
    expect(await store.exists(recordPath('keys', accountId, id))).toBe(true)

    const to = new MemoryStore()
    const { faults } = await migrate({ from: store, to })
    expect(faults).toEqual([{ path: accountPath(accountId), problem: expect.stringContaining('later release') }])
    expect(await to.exists(accountPath(accountId))).toBe(false)
  })

  it.each([
    [3, undefined],
    [4, 'the next one\nlevel=fatal'],
    [2_000_000, { release: '0.4.0' }],
  ])('%p is told apart from damage where no release is named (%p)', async (format, readBy) => {
    const message = expect.stringMatching(/^The account le123 has format \d+, .* The release that wrote it reads it: /)
    const refusal = { code: 'STORE_NEWER', message }
    await expect(decodeAccount({ format, readBy }, accountId, slices)).rejects.toMatchObject(refusal)
  })
})

describe('a record of a later format', () => {
  it.each([
    'keys',
    'chains',
    'app-keys',
    'webhook-secrets',
    'target-secrets',
    'audit',
    'issuer-keys',
    'issuer-cas',
    'approvals',
  ] as const)('below "%s" is refused', async (kind) => {
    const { store } = await holding(recordPath(kind, accountId, id), newer)
    await expect(readRecord(store, kind, accountId, id)).rejects.toMatchObject(refused)
  })

  it('is refused where it is a segment of the audit, or the keys of app keys', async () => {
    const changes = Array.from({ length: 200 }, (_, n) => sampleChange(n + 101))
    const account = await encodeAccount(sampleAccount({ revision: 300, changes }), slices)
    const { writer, store } = await holding(accountPath(accountId), account)
    const segment = recordPath('audit', accountId, '1' as typeof id)
    await store.put(segment, newer, 0)
    await store.put(appKeyMacsPath, newer, 0)
    await expect(readSegment(accountId, 50, store)).rejects.toMatchObject(refused)
    await expect(writer.changes(accountId, { before: 50, limit: 10 })).rejects.toMatchObject(refused)
    await expect(readMacKeys(store)).rejects.toMatchObject(refused)
  })
})

describe('what names no format', () => {
  it('has format 1', async () => {
    const account = sampleAccount({ mappings: [sampleMapping()] })
    expect(await decodeAccount({ account }, accountId, slices)).toEqual(account)
  })
})

describe('fields that a later release has added', () => {
  const later = { later: { added: ['this'] } }
  const sizes = [
    ['small', sampleAccount({ mappings: [{ ...sampleMapping(), ...later }] })],
    ['large', { ...largeAccount({ certificates: 10, mappings: 400 }), ...later }],
  ] as const

  it.each(sizes)(
    'are in a %s account after the change of a release that does not know them',
    async (_size, account) => {
      const written = { ...(await encodeAccount({ ...account, ...later }, slices)), ...later }
      const { writer, store } = await holding(accountPath(accountId), written)
      const changeId = newId()
      await writer.change(accountId, changeId, addMapping(changeId, 1))
      const stored = await store.get(accountPath(accountId))
      expect(stored).toMatchObject({ version: 2, value: later })
      const after = await decodeAccount(stored?.value ?? {}, accountId, slices)
      expect(after).toMatchObject({ ...later, revision: account.revision + 1 })
      expect(after.mappings).toHaveLength(account.mappings.length + 1)
      expect(after.mappings.slice(0, -1)).toEqual(account.mappings)
    },
  )
})
