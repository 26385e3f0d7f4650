import { describe, expect, it } from '@jest/globals'
import { parseAccount, toRecordLines } from '../src/account-lines.ts'
import { TimeSlices } from '../src/time-slices.ts'
import { sampleAccount, sampleMapping } from './sample-account.ts'

const slices = new TimeSlices()
const damaged = { name: 'StoreError', reason: 'damaged' }
const account = sampleAccount({ mappings: [sampleMapping({ id: 1 }), sampleMapping({ id: 2 })] })

async function parse(lines: readonly string[]) {
  return (await parseAccount(Buffer.from(lines.join('\n')), slices)).account
}

describe('the lines of an account', () => {
  it('are a header and one record each', async () => {
    const [header, ...records] = await toRecordLines(account, slices)
    expect(JSON.parse(header ?? '')).toEqual({ accountId: 'le123', revision: 1, counts: [0, 2, 0, 1] })
    expect(records.map((line) => JSON.parse(line))).toEqual([...account.mappings, ...account.changes])
    expect(await parse([header ?? '', ...records])).toEqual(account)
  })

  it('are damaged when one is missing or too many', async () => {
    const lines = await toRecordLines(account, slices)
    await expect(parse(lines.slice(0, -1))).rejects.toMatchObject(damaged)
    await expect(parse([...lines, '{}'])).rejects.toMatchObject(damaged)
    await expect(parse(lines.slice(1))).rejects.toMatchObject(damaged)
    await expect(parse([])).rejects.toMatchObject(damaged)
  })

  it('are damaged when one is no JSON object, and the error does not quote it', async () => {
    const [header = '', ...records] = await toRecordLines(account, slices)
    for (const line of ['{"url":"https://internal', '[]', 'null', '7']) {
      const outcome = parse([header, line, ...records.slice(1)])
      await expect(outcome).rejects.toMatchObject(damaged)
      await expect(outcome).rejects.not.toThrow('internal')
    }
  })
})
