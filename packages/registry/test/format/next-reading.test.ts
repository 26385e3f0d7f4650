import { describe, expect, it } from '@jest/globals'
import type { Account, Mapping } from '@mtls-gateway/domain'
import { TimeSlices } from '@mtls-gateway/event-loop'
import type { SecretValue } from '@mtls-gateway/secret-store'
import { type AccountBlocks, encodeAccount, readAccount } from '../../src/format/account-codec.ts'
import { accountId, largeAccount, sampleMapping } from '../sample-account.ts'

const slices = new TimeSlices()
const account = largeAccount({ certificates: 10, mappings: 3_000 })

function readForCalls(value: SecretValue, before?: AccountBlocks) {
  return readAccount(value, accountId, slices, { names: ['certificates', 'mappings', 'appKeys'], before })
}

async function readAfter(next: Account) {
  const stored = await encodeAccount(account, slices)
  const { blocks } = await readAccount(stored, accountId, slices)
  const before = await readForCalls(stored)
  const value = await encodeAccount(next, slices, { before: blocks })
  return { before, after: await readForCalls(value, before.blocks) }
}

describe('the next reading of a large account', () => {
  it.each<[string, (mappings: readonly Mapping[]) => readonly Mapping[]]>([
    ['one is added', (mappings) => [...mappings, sampleMapping({ id: 5_000 })]],
    ['one is changed', (mappings) => mappings.with(3, { ...sampleMapping({ id: 4 }), enable: false })],
    ['one is deleted', (mappings) => mappings.toSpliced(3, 1)],
    ['the last is deleted', (mappings) => mappings.slice(0, -1)],
    ['two are deleted, apart', (mappings) => mappings.toSpliced(900, 1).toSpliced(100, 1)],
  ])('keeps the records of blocks that have not changed when %s', async (_what, change) => {
    const next = { ...account, revision: 2, mappings: change(account.mappings) }
    const { before, after } = await readAfter(next)
    expect(after.account).toEqual({ ...next, changes: [] })
    const same = after.account.mappings.filter((mapping) => before.account.mappings.includes(mapping))
    // Two blocks have changed at the most, or three where two records are apart, of some twenty.
    expect(same.length).toBeGreaterThan(100)
    expect(after.account.certificates[1]).toBe(before.account.certificates[1])
  })

  it('is whole where the account has become small, and large again', async () => {
    const small = { ...account, revision: 2, mappings: account.mappings.slice(0, 5) }
    const { after } = await readAfter(small)
    expect([after.account, after.blocks]).toEqual([small, undefined])
    const large = await readForCalls(await encodeAccount(account, slices), after.blocks)
    expect(large.account).toEqual({ ...account, changes: [] })
  })

  it('finds the blocks of an earlier reading in the document that was written after it', async () => {
    const next = { ...account, revision: 2, mappings: account.mappings.toSpliced(3, 1) }
    const { before, after } = await readAfter(next)
    const packed = before.blocks?.lists.mappings?.map((block) => block.packed) ?? []
    const others = after.blocks?.lists.mappings?.filter((block) => !packed.includes(block.packed)) ?? []
    expect(packed.length).toBeGreaterThan(3)
    expect(others.length).toBeLessThanOrEqual(1)
  })
})
