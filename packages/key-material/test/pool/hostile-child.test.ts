import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Child } from '../../src/pool/child.ts'
import { until } from '../support/processes.ts'

const script = fileURLToPath(new URL('./hostile-worker.ts', import.meta.url))

/** A message as the children send it. */
function message(json: string): Buffer {
  const payload = Buffer.from(json)
  const header = Buffer.alloc(4)
  header.writeUInt32BE(payload.length)
  return Buffer.concat([header, payload])
}

const writings: readonly (readonly [string, Buffer])[] = [
  ...['null', '"text"', '7', '[]', '{}', '{"kind":null}', '{"kind":"ready"}', '{"kind":"starved"}'].map(
    (json) => [json, message(json)] as const,
  ),
  ['the answer to another job', message('{"kind":"request-made","request":{}}')],
  ['an object that is too large', message(`{"kind":"examined","examination":"${'x'.repeat(2 ** 23)}"}`)],
  ['the greatest length', Buffer.from([255, 255, 255, 255])],
  ['noise', Buffer.concat([Buffer.from([255]), randomBytes(1_000)])],
]

describe('a child that has been taken over', () => {
  let child: Child
  afterEach(() => child.end())

  const run = (when: string, bytes: Buffer) => {
    child = new Child({ deadlineMs: 60_000, waitMs: 60_000, maxRssBytes: 2 ** 30, script })
    const input = { kind: 'pem', certificate: when, privateKey: bytes.toString('base64') } as const
    return child.run({ kind: 'examine', input, allowance: 0 })
  }

  it.each(writings)('is killed when its answer is %s, and its file counts as what crashed it', async (_, bytes) => {
    expect(await run('instead of the answer', bytes)).toEqual({ kind: 'crash' })
    expect(child.alive).toBe(false)
  })

  it.each([
    ['the next answer already', message('{"kind":"examined","examination":{"of":"the next file"}}')],
    ['taken', message('{"kind":"taken"}')],
    ['null', message('null')],
    ['the greatest length', Buffer.from([255, 255, 255, 255])],
  ])('is killed when it sends %s while it has no file', async (_, bytes) => {
    for (const when of ['with the answer', 'later']) {
      expect(await run(when, bytes)).toEqual({ kind: 'examined', examination: {} })
      await until(() => !child.alive)
      expect(await child.run({ kind: 'read-trusted-cas', input: { texts: [] } })).toEqual({ kind: 'not-started' })
    }
  })
})
