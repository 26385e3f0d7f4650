import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { readJsonBody } from '../../src/body/json-body.ts'

// Only the stream, and the bytes that its connection has read, are used.
const bodyOf = (...chunks: (string | Buffer)[]) =>
  Object.assign(Readable.from(chunks.map((c) => Buffer.from(c))), { socket: { bytesRead: 0 } }) as IncomingMessage
const sha256 = (text: string) => ({ algorithm: 'sha256' as const, digest: createHash('sha256').update(text).digest() })

describe('a JSON body', () => {
  it('may come in pieces, cut inside a character', async () => {
    const bytes = Buffer.from('{"a":"ä"}')
    expect(await readJsonBody(bodyOf(bytes.subarray(0, 7), bytes.subarray(7)), 100, undefined)).toEqual({ a: 'ä' })
  })

  it('is refused beyond the limit, whatever it declared', async () => {
    await expect(readJsonBody(bodyOf('"', 'x'.repeat(100), '"'), 50, undefined)).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    })
  })

  it.each(['{', '{"password":canary}', Buffer.from([0x22, 0xff, 0x22])])(
    'that is none is refused without a word of it',
    async (body) => {
      const error = await readJsonBody(bodyOf(body), 100, undefined).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'MALFORMED_JSON' })
      expect(String(error)).not.toContain('canary')
    },
  )

  it('has to be the one that was signed', async () => {
    expect(await readJsonBody(bodyOf('[1]'), 100, sha256('[1]'))).toEqual([1])
    await expect(readJsonBody(bodyOf('[2]'), 100, sha256('[1]'))).rejects.toMatchObject({
      code: 'OAUTH_BODY_HASH_MISMATCH',
    })
  })
})
