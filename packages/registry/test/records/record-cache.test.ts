import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { RecordCache } from '../../src/records/record-cache.ts'
import { RecordRoom } from '../../src/records/record-room.ts'

const account = parseAccountId('le123')
const id = parseRecordId('AAAAAAAAAAAAAAAAAAAAAA')

describe('a record that is being read', () => {
  const setUp = () => {
    let loads = 0
    const gate = Promise.withResolvers<void>()
    const load = async () => {
      loads += 1
      const name = `load ${loads}`
      await gate.promise
      return { name }
    }
    const cache = new RecordCache({ room: new RecordRoom(10_000), load, bytes: () => 1 })
    return { cache, gate, get: () => cache.get(account, id, undefined) }
  }

  it('is held when it is there, if it is still named', async () => {
    const { cache, gate, get } = setUp()
    const [first, second] = [get(), get()]
    cache.keep(account, () => true)
    gate.resolve()
    expect(await Promise.all([first, second])).toEqual([{ name: 'load 1' }, { name: 'load 1' }])
    expect(get()).toEqual({ name: 'load 1' })
    expect(cache.state()).toEqual({ hits: 1, misses: 2, entries: 1, bytes: 401, maxBytes: 10_000 })
  })

  it('is not held if it was let go of meanwhile', async () => {
    const { cache, gate, get } = setUp()
    const first = get()
    cache.keep(account, () => false)
    gate.resolve()
    expect(await first).toEqual({ name: 'load 1' })
    expect(await get()).toEqual({ name: 'load 2' })
  })
})

describe('the room of a cache', () => {
  const other = parseAccountId('ou456')
  const ids = Array.from({ length: 100 }, (_, n) => parseRecordId(String(n).padStart(22, 'A')))

  it('is half an account at most: what others hold stays', async () => {
    const loads: string[] = []
    const load = async (accountId: typeof account, recordId: typeof id) => {
      loads.push(`${accountId}/${recordId}`)
      return { name: recordId }
    }
    const cache = new RecordCache({ room: new RecordRoom(10_000), load, bytes: () => 600 })
    const get = (accountId: typeof account, recordId: typeof id) => cache.get(accountId, recordId, recordId)
    await get(other, id)
    for (const recordId of ids) await get(account, recordId)
    loads.length = 0
    for (const recordId of ids.slice(-5)) expect(get(account, recordId)).toEqual({ name: recordId })
    expect(get(other, id)).toEqual({ name: id })
    expect(loads).toEqual([])
    expect(get(account, ids[94] ?? id)).toBeInstanceOf(Promise)
  })

  it('holds one that is larger than the room of an account, and others beside it', async () => {
    const load = async (_: typeof account, name: string) => ({ name })
    const cache = new RecordCache({ room: new RecordRoom(10_000), load, bytes: ({ name }) => name.length })
    await cache.get(other, id, 'small')
    await cache.get(account, id, 'l'.repeat(20_000))
    expect(cache.get(other, id, 'another')).toEqual({ name: 'small' })
    expect(cache.get(account, id, 'another')).toEqual({ name: 'l'.repeat(20_000) })
  })

  it('is one for records of all kinds, which do not see each other', async () => {
    const room = new RecordRoom(10_000)
    const load = async (_: typeof account, name: string) => ({ name })
    const [keys, secrets] = [0, 1].map(() => new RecordCache({ room, load, bytes: () => 2_100 }))
    await keys?.get(account, id, 'a key')
    await secrets?.get(account, id, 'a secret')
    expect([keys, secrets].map((cache) => cache?.get(account, id, 'another'))).toEqual([
      { name: 'a key' },
      { name: 'a secret' },
    ])
    keys?.keep(account, () => false)
    expect(secrets?.get(account, id, 'another')).toEqual({ name: 'a secret' })
    // Half of the room, and so no room for both.
    await keys?.get(account, id, 'a key')
    await keys?.get(account, ids[0] ?? id, 'one more')
    expect(secrets?.get(account, id, 'another')).toBeInstanceOf(Promise)
  })
})
