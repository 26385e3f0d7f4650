import { describe, expect, it } from '@jest/globals'
import type { Account, Mapping } from '@mtls-gateway/domain'
import fc from 'fast-check'
import { parseAccount, toRecordLines } from '../src/account-lines.ts'
import { TimeSlices } from '../src/time-slices.ts'
import { sampleAccount, sampleCertificate, sampleChange, sampleMapping } from './sample-account.ts'

const slices = new TimeSlices()

async function linesOf(account: Account): Promise<Buffer> {
  return Buffer.from((await toRecordLines(account, slices)).join('\n'))
}

const account = sampleAccount({
  certificates: [sampleCertificate('c1'), sampleCertificate('c2')],
  mappings: Array.from({ length: 8 }, (_, n) => sampleMapping({ id: n + 1 })),
})

async function readAfter(next: Account) {
  const before = await parseAccount(await linesOf(account), slices)
  return { before, after: await parseAccount(await linesOf(next), slices, before) }
}

function without<Item>(list: readonly Item[], at: number): Item[] {
  return list.filter((_, index) => index !== at)
}

describe('the next reading of an account', () => {
  it.each<[string, (mappings: readonly Mapping[]) => readonly Mapping[], number, number]>([
    ['one is added', (mappings) => [...mappings, sampleMapping({ id: 9 })], 0, 1],
    ['one is changed', (mappings) => mappings.with(3, { ...sampleMapping({ id: 4 }), enable: false }), 1, 1],
    ['one is deleted', (mappings) => without(mappings, 3), 1, 0],
    ['the last is deleted', (mappings) => without(mappings, 7), 1, 0],
    ['two are deleted, apart', (mappings) => without(without(mappings, 6), 1), 2, 0],
  ])('keeps the records that have not changed when %s', async (_what, change, gone, fresh) => {
    const next = { ...account, revision: 2, mappings: change(account.mappings) }
    const { before, after } = await readAfter(next)
    expect(after.account).toEqual(next)
    expect(after.changedMappings?.gone).toHaveLength(gone)
    expect(after.changedMappings?.fresh).toHaveLength(fresh)
    const same = after.account.mappings.filter((mapping) => before.account.mappings.includes(mapping))
    expect(same).toHaveLength(next.mappings.length - fresh)
    expect(after.account.certificates[1]).toBe(before.account.certificates[1])
  })

  it('is that of the account, whatever has changed', async () => {
    const numbers = fc.uniqueArray(fc.nat({ max: 11 }))
    const state = fc.record({ mappings: numbers, certificates: numbers, changes: numbers })
    const pool = Array.from({ length: 12 }, (_, n) => ({
      mapping: sampleMapping({ id: n + 1 }),
      certificate: sampleCertificate(`c${n}`, n + 1),
      change: sampleChange(n),
    }))
    const accountOf = (numbers: { mappings: number[]; certificates: number[]; changes: number[] }) => {
      const of = <Name extends keyof (typeof pool)[0]>(list: number[], name: Name) =>
        list.map((n) => pool.at(n)?.[name]).filter((each) => each !== undefined)
      return sampleAccount({
        mappings: of(numbers.mappings, 'mapping'),
        certificates: of(numbers.certificates, 'certificate'),
        changes: of(numbers.changes, 'change'),
      })
    }
    await fc.assert(
      fc.asyncProperty(state, state, async (first, second) => {
        const before = await parseAccount(await linesOf(accountOf(first)), slices)
        const after = await parseAccount(await linesOf(accountOf(second)), slices, before)
        expect(after.account).toEqual(accountOf(second))
        const { gone = [], fresh = [] } = after.changedMappings ?? {}
        const kept = before.account.mappings.filter((mapping) => !gone.includes(mapping))
        expect(new Set([...kept, ...fresh])).toEqual(new Set(after.account.mappings))
        for (const mapping of kept) expect(after.account.mappings).toContain(mapping)
      }),
    )
  })

  it('is damaged where a reading without an earlier one is', async () => {
    const before = await parseAccount(await linesOf(account), slices)
    const cut = (await linesOf(account)).toString().split('\n').slice(0, -1)
    const reading = parseAccount(Buffer.from(cut.join('\n')), slices, before)
    await expect(reading).rejects.toMatchObject({ name: 'StoreError', reason: 'damaged' })
  })
})
