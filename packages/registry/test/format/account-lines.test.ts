import { brotliCompressSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { decodeAccount } from '../../src/format/account-codec.ts'
import { accountId, sampleAccount, sampleMapping } from '../sample-account.ts'

const damaged = { name: 'StoreError', reason: 'damaged' }
const account = sampleAccount({ mappings: [sampleMapping({ id: 1 }), sampleMapping({ id: 2 })] })
const lines = [{ accountId: 'le123', revision: 1, counts: [0, 2, 0, 1] }, ...account.mappings, ...account.changes].map(
  (line) => JSON.stringify(line),
)

function read(stored: readonly string[]) {
  const packed = brotliCompressSync(stored.join('\n')).toString('base64')
  return decodeAccount({ format: 1, encoding: 'brotli', lines: packed }, accountId, new TimeSlices())
}

describe('an account that was stored as lines', () => {
  it('still reads', async () => {
    expect(await read(lines)).toEqual(account)
  })

  it('is damaged when a line is missing or too many', async () => {
    await expect(read(lines.slice(0, -1))).rejects.toMatchObject(damaged)
    await expect(read([...lines, '{}'])).rejects.toMatchObject(damaged)
    await expect(read(lines.slice(1))).rejects.toMatchObject(damaged)
    await expect(read([])).rejects.toMatchObject(damaged)
  })

  it('is damaged when a line is no JSON object, and the error does not quote it', async () => {
    for (const line of ['{"url":"https://internal', '[]', 'null', '7']) {
      const outcome = read(lines.with(1, line))
      await expect(outcome).rejects.toMatchObject(damaged)
      await expect(outcome).rejects.not.toThrow('internal')
    }
  })
})
