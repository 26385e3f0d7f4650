import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { indexAccount } from '../../src/read/account-snapshot.ts'
import { RecordReader, RecordRoom, type RecordUse } from '../../src/records/record-reader.ts'
import { MemoryStore } from '../memory-store.ts'
import { accountId as account, sampleAccount } from '../sample-account.ts'

const id = parseRecordId('AAAAAAAAAAAAAAAAAAAAAA')
const other = parseAccountId('ou456')
const snapshot = await indexAccount({ account: sampleAccount() }, 0, new TimeSlices())

interface Named {
  readonly name: string
}

interface Reference {
  readonly id: RecordId
  readonly name: string
}

const store = new MemoryStore()

const readerOf = (room: RecordRoom, use: Partial<RecordUse<Reference, Named>>) =>
  new RecordReader<Reference, Named>(
    { store, room },
    {
      idOf: (reference) => reference.id,
      read: async (_store, _account, { name }) => ({ name }),
      bytes: ({ name }) => name.length,
      isNamed: () => true,
      ...use,
    },
  )

describe('a record that is being read', () => {
  const setUp = ({ isNamed }: { isNamed: boolean }) => {
    let reads = 0
    const gate = Promise.withResolvers<void>()
    const read = async () => {
      reads += 1
      const name = `read ${reads}`
      await gate.promise
      return { name }
    }
    const records = readerOf(new RecordRoom(10_000), { read, bytes: () => 1, isNamed: () => isNamed })
    return { records, gate, get: () => records.get(account, { id, name: '' }) }
  }

  it('is held when it is there, if it is still named', async () => {
    const { records, gate, get } = setUp({ isNamed: true })
    const [first, second] = [get(), get()]
    records.keepNamed(snapshot)
    gate.resolve()
    expect(await Promise.all([first, second])).toEqual([{ name: 'read 1' }, { name: 'read 1' }])
    expect(get()).toEqual({ name: 'read 1' })
    expect(records.cache()).toEqual({ hits: 1, misses: 2, entries: 1, bytes: 401, maxBytes: 10_000 })
  })

  it('is not held if it was let go of meanwhile', async () => {
    const { records, gate, get } = setUp({ isNamed: false })
    const first = get()
    records.keepNamed(snapshot)
    gate.resolve()
    expect(await first).toEqual({ name: 'read 1' })
    expect(await get()).toEqual({ name: 'read 2' })
  })
})

describe('the room of records', () => {
  const ids = Array.from({ length: 100 }, (_, n) => parseRecordId(String(n).padStart(22, 'A')))

  it('is half an account at most: what others hold stays', async () => {
    const reads: string[] = []
    const records = readerOf(new RecordRoom(10_000), {
      read: async (_, accountId, { name }) => {
        reads.push(`${accountId}/${name}`)
        return { name }
      },
      bytes: () => 600,
    })
    const get = (accountId: AccountId, recordId: RecordId) => records.get(accountId, { id: recordId, name: recordId })
    await get(other, id)
    for (const recordId of ids) await get(account, recordId)
    reads.length = 0
    for (const recordId of ids.slice(-5)) expect(get(account, recordId)).toEqual({ name: recordId })
    expect(get(other, id)).toEqual({ name: id })
    expect(reads).toEqual([])
    expect(get(account, ids[94] ?? id)).toBeInstanceOf(Promise)
  })

  it('holds one that is larger than the room of an account, and others beside it', async () => {
    const records = readerOf(new RecordRoom(10_000), {})
    await records.get(other, { id, name: 'small' })
    await records.get(account, { id, name: 'l'.repeat(20_000) })
    expect(records.get(other, { id, name: 'another' })).toEqual({ name: 'small' })
    expect(records.get(account, { id, name: 'another' })).toEqual({ name: 'l'.repeat(20_000) })
  })

  it('is one for records of all kinds, which do not see each other', async () => {
    const room = new RecordRoom(10_000)
    const keys = readerOf(room, { bytes: () => 2_100, isNamed: () => false })
    const secrets = readerOf(room, { bytes: () => 2_100 })
    await keys.get(account, { id, name: 'a key' })
    await secrets.get(account, { id, name: 'a secret' })
    expect([keys, secrets].map((records) => records.get(account, { id, name: 'another' }))).toEqual([
      { name: 'a key' },
      { name: 'a secret' },
    ])
    keys.keepNamed(snapshot)
    expect(secrets.get(account, { id, name: 'another' })).toEqual({ name: 'a secret' })
    // Half of the room, and so no room for both.
    await keys.get(account, { id, name: 'a key' })
    await keys.get(account, { id: ids[0] ?? id, name: 'one more' })
    expect(secrets.get(account, { id, name: 'another' })).toBeInstanceOf(Promise)
  })
})
