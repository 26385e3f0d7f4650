import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { RecordReader, type RecordUse } from '../../src/records/record-reader.ts'
import { MemoryStore } from '../memory-store.ts'
import { accountId as account, sampleAccount } from '../sample-account.ts'

const id = parseRecordId('AAAAAAAAAAAAAAAAAAAAAA')
const other = parseAccountId('ou456')
const snapshot = await AccountSnapshot.index({ account: sampleAccount() }, 0, new TimeSlices())

interface Named {
  readonly name: string
}

interface Reference {
  readonly id: RecordId
  readonly name: string
}

const store = new MemoryStore()

const readerOf = (use: Partial<RecordUse<Reference, Named>>) =>
  new RecordReader<Reference, Named>(
    { store, maxBytes: 10_000 },
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
    const records = readerOf({ read, bytes: () => 1, isNamed: () => isNamed })
    return { records, gate, get: () => records.get(account, { id, name: '' }) }
  }

  it('is held when it is there, if it is still named', async () => {
    const { records, gate, get } = setUp({ isNamed: true })
    const [first, second] = [get(), get()]
    records.keepNamed(snapshot)
    gate.resolve()
    expect(await Promise.all([first, second])).toEqual([{ name: 'read 1' }, { name: 'read 1' }])
    expect(get()).toEqual({ name: 'read 1' })
    expect(records.cache()).toEqual({ hits: 1, misses: 2, entries: 1, bytes: 551, maxBytes: 10_000 })
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

describe('what is held of records', () => {
  const ids = Array.from({ length: 100 }, (_, n) => parseRecordId(String(n).padStart(22, 'A')))

  it('is half of it of one account at most: what others hold stays', async () => {
    const reads: string[] = []
    const records = readerOf({
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

  it('has one that is larger than the half of an account, too, and others beside it', async () => {
    const records = readerOf({})
    await records.get(other, { id, name: 'small' })
    await records.get(account, { id, name: 'l'.repeat(20_000) })
    expect(records.get(other, { id, name: 'another' })).toEqual({ name: 'small' })
    expect(records.get(account, { id, name: 'another' })).toEqual({ name: 'l'.repeat(20_000) })
  })

  it('gives way an account at a time, the one that was used least recently', async () => {
    const records = readerOf({ bytes: () => 3_600 })
    const [a, b, c] = [parseAccountId('a'), parseAccountId('b'), parseAccountId('c')]
    for (const accountId of [a, b]) await records.get(accountId, { id, name: accountId })
    expect(records.get(a, { id, name: 'again' })).toEqual({ name: 'a' })
    await records.get(c, { id, name: 'c' })
    expect(records.get(a, { id, name: 'again' })).toEqual({ name: 'a' })
    expect(records.get(b, { id, name: 'again' })).toBeInstanceOf(Promise)
  })
})
