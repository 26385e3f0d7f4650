import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { AccountBlocks } from '../../src/format/account-codec.ts'
import { recentBlocks } from '../../src/write/account-store.ts'

const [one, other] = [parseAccountId('one'), parseAccountId('other')]

/** The blocks of an account with one record. */
function blocksOf(length: number): AccountBlocks {
  return { salt: undefined, lists: { mappings: [{ packed: 'x', records: [{}], length }] } }
}

describe('what large accounts consisted of', () => {
  it('is kept for the accounts that were read last, as far as their records fit, however few those are', () => {
    const recent = recentBlocks()
    recent.set(one, blocksOf(25_000_000))
    expect(recent.get(one)).toEqual(blocksOf(25_000_000))
    recent.set(other, blocksOf(25_000_000))
    expect([recent.get(one), recent.get(other)]).toEqual([undefined, blocksOf(25_000_000)])
  })

  it('is not kept of one that would leave nothing for others', () => {
    const recent = recentBlocks()
    recent.set(other, blocksOf(1_000))
    recent.set(one, blocksOf(60_000_000))
    expect([recent.get(one), recent.get(other)]).toEqual([undefined, blocksOf(1_000)])
  })
})
