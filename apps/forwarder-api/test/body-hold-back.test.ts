import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { BodyHoldBack } from '../src/forward/body-hold-back.ts'

async function passed(chunks: readonly string[], signed: string) {
  const digest = createHash('sha1').update(signed).digest()
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(
    new BodyHoldBack({ algorithm: 'sha1', digest }),
  )
  const received: string[] = []
  stream.on('data', (chunk: Buffer) => received.push(chunk.toString()))
  const outcome = await new Promise((resolve) => stream.on('end', () => resolve('end')).on('error', resolve))
  return { received, outcome }
}

describe('a body whose hash was signed', () => {
  it('passes whole', async () => {
    expect(await passed(['ab', 'cd', 'ef'], 'abcdef')).toEqual({ received: ['ab', 'cd', 'ef'], outcome: 'end' })
    expect(await passed([], '')).toEqual({ received: [], outcome: 'end' })
  })

  it('never reaches its end where it is another', async () => {
    const { received, outcome } = await passed(['ab', 'cd', 'eX'], 'abcdef')
    expect(received).toEqual(['ab', 'cd'])
    expect(outcome).toMatchObject({ code: 'OAUTH_BODY_HASH_MISMATCH' })
  })
})
