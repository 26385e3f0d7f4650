import { describe, expect, it } from '@jest/globals'
import { LongReaders } from '../../src/reading/long-readers.ts'

describe('addresses of long reads', () => {
  it('are remembered for a minute after the last one', () => {
    let now = 0
    const addresses = new LongReaders(() => now)
    addresses.note('192.0.2.1')
    addresses.note('192.0.2.2')
    now = 30_000
    addresses.note('192.0.2.1')
    now = 60_000
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].filter((address) => addresses.has(address))).toEqual(['192.0.2.1'])
    now = 90_000
    expect(addresses.has('192.0.2.1')).toBe(false)
  })

  it('are at most 10,000', () => {
    const addresses = new LongReaders(() => 0)
    for (let count = 0; count <= 10_000; count++) addresses.note(String(count))
    expect(['0', '1', '10000'].map((address) => addresses.has(address))).toEqual([false, true, true])
  })
})
