import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { RecordCache } from '../src/record-cache.ts'

const account = parseAccountId('le123')
const id = parseRecordId('AAAAAAAAAAAAAAAAAAAAAA')

describe('a record that is being read', () => {
  const setUp = () => {
    const cache = new RecordCache<{ name: string }>({ maxBytes: 10_000, bytes: () => 1 })
    let loads = 0
    const gate = Promise.withResolvers<void>()
    const load = async () => {
      loads += 1
      const name = `load ${loads}`
      await gate.promise
      return { name }
    }
    return { cache, gate, get: () => cache.get(account, id, load) }
  }

  it('is held when it is there, if it is still named', async () => {
    const { cache, gate, get } = setUp()
    const [first, second] = [get(), get()]
    cache.keep(account, () => true)
    gate.resolve()
    expect(await Promise.all([first, second])).toEqual([{ name: 'load 1' }, { name: 'load 1' }])
    expect(get()).toEqual({ name: 'load 1' })
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
