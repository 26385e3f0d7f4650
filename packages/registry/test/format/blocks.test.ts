import { describe, expect, it } from '@jest/globals'
import { TimeSlices } from '@mtls-gateway/event-loop'
import fc from 'fast-check'
import { blockReader, packBlock, packBlocks, toBlockTexts, toLines } from '../../src/format/blocks.ts'
import { sampleMapping } from '../sample-account.ts'

const slices = new TimeSlices()
const damaged = { name: 'StoreError', reason: 'damaged' }
const records = Array.from({ length: 1_000 }, (_, n) => sampleMapping({ id: n + 1, name: `m${n}` }))

async function textsOf(list: readonly unknown[], salt: string | undefined = 'salt'): Promise<string[]> {
  return toBlockTexts(await toLines(list, slices), salt, slices)
}

async function pack(list: readonly unknown[]): Promise<string[]> {
  return packBlocks(await textsOf(list), slices)
}

function read(stored: unknown, before?: Parameters<ReturnType<typeof blockReader>>[1]) {
  return blockReader(slices)(stored, before)
}

describe('the blocks of a list', () => {
  it('hold its records in order, a line each', async () => {
    const texts = await textsOf(records)
    expect(texts.length).toBeGreaterThan(3)
    expect(texts.length).toBeLessThan(30)
    expect(
      texts
        .join('\n')
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(records)
  })

  it('end elsewhere with another salt, so that nobody who chooses the records chooses the blocks', async () => {
    const [one, other] = [await textsOf(records, 'one'), await textsOf(records, 'other')]
    expect(one.filter((text) => other.includes(text)).length).toBeLessThan(one.length / 2)
  })

  it('are one without a salt, and none of an empty list', async () => {
    expect(await toBlockTexts(await toLines(records, slices), undefined, slices)).toHaveLength(1)
    expect(await toBlockTexts([], undefined, slices)).toEqual([])
    expect(await toBlockTexts([], 'salt', slices)).toEqual([])
  })

  it.each<[string, (list: typeof records) => typeof records]>([
    ['is added', (list) => [...list, sampleMapping({ id: 2_000 })]],
    ['is put first', (list) => [sampleMapping({ id: 2_000 }), ...list]],
    ['is deleted', (list) => list.toSpliced(500, 1)],
    ['is changed', (list) => list.with(500, { ...sampleMapping({ id: 501 }), enable: false })],
  ])('are the same but for two when a record %s', async (_what, change) => {
    const before = new Set(await pack(records))
    const after = await pack(change(records))
    expect(after.filter((block) => !before.has(block)).length).toBeLessThanOrEqual(2)
  })

  it('are those of an earlier reading where they have not changed', async () => {
    const subset = fc.subarray(records, { minLength: 0 })
    await fc.assert(
      fc.asyncProperty(subset, subset, async (first, second) => {
        const before = await read(await pack(first))
        const after = await read(await pack(second), before)
        expect(after.flatMap((block) => block.records)).toEqual(second)
        const known = after.filter(({ packed }) => before.some((block) => block.packed === packed))
        expect(known.filter((block) => !before.includes(block))).toEqual([])
      }),
      { numRuns: 20 },
    )
  })

  it('are not compressed again where they have not changed', async () => {
    const blocks = await read(await pack(records))
    const marked = blocks.map((block) => ({ ...block, packed: `as before: ${block.packed}` }))
    const next = await packBlocks(await textsOf(records.toSpliced(500, 1)), slices, marked)
    expect(next.filter((packed) => !packed.startsWith('as before: ')).length).toBeLessThanOrEqual(2)
  })

  it.each([
    ['are missing', undefined],
    ['are no texts', [1]],
    ['are no brotli', ['AAAA']],
  ])('are damaged where they %s', async (_what, stored) => {
    await expect(read(stored)).rejects.toMatchObject(damaged)
  })

  it.each(['{"url":"https://internal', '[]', 'null', '7', ''])(
    'are damaged with the line %j, unquoted',
    async (line) => {
      const reading = read([await packBlock(`{}\n${line}`)])
      await expect(reading).rejects.toMatchObject(damaged)
      await expect(reading).rejects.not.toThrow('internal')
    },
  )

  it.each([1, 100_000, 200_000, 3_000_000])('are read whole with a record of %d characters', async (characters) => {
    const record = { x: 'x'.repeat(characters) }
    expect((await read([await packBlock(JSON.stringify(record))]))[0]?.records).toEqual([record])
  })

  it('are damaged where they decompress to more than any document holds', async () => {
    const bomb = await packBlock('x'.repeat(40 * 1024 * 1024))
    const line = await packBlock(JSON.stringify({ x: 'x'.repeat(40 * 1024 * 1024) }))
    await expect(read([line, bomb])).rejects.toMatchObject({
      ...damaged,
      message: expect.stringContaining('decompressed'),
    })
  })
})
