import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { PassedBuffers } from '@mtls-gateway/service-kit'
import { UpstreamBody } from '../../../src/forward/request/upstream-body.ts'

const buffers = new PassedBuffers()

// Only the stream of a request is used.
const requestOf = (stream: Readable) => stream as IncomingMessage

async function passed(chunks: readonly string[], signed: string | undefined) {
  const digest = signed === undefined ? undefined : createHash('sha1').update(signed).digest()
  const request = requestOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))
  const body = new UpstreamBody(request, digest && { algorithm: 'sha1', digest }, buffers)
  const received: string[] = []
  body.on('data', (chunk: Buffer) => received.push(chunk.toString()))
  const outcome = await new Promise((resolve) => body.on('end', () => resolve('end')).on('error', resolve))
  return { received, outcome }
}

describe('a body on its way to the target', () => {
  it('passes as it comes', async () => {
    expect(await passed(['ab', 'cd', 'ef'], undefined)).toEqual({ received: ['ab', 'cd', 'ef'], outcome: 'end' })
  })

  it('passes whole where its hash was signed and holds', async () => {
    expect(await passed(['ab', 'cd', 'ef'], 'abcdef')).toEqual({ received: ['ab', 'cd', 'ef'], outcome: 'end' })
    expect(await passed([], '')).toEqual({ received: [], outcome: 'end' })
  })

  it('never reaches its end where it is another than the signed one', async () => {
    const { received, outcome } = await passed(['ab', 'cd', 'eX'], 'abcdef')
    expect(received).toEqual(['ab', 'cd'])
    expect(outcome).toMatchObject({ code: 'OAUTH_BODY_HASH_MISMATCH' })
  })

  it('leaves what is not taken in the request, which keeps small pieces together', async () => {
    const request = new PassThrough()
    const body = new UpstreamBody(requestOf(request), undefined, buffers)
    body.read(0)
    for (let count = 0; count < 100; count++) {
      request.write('x')
      await new Promise(setImmediate)
    }
    expect(body.readableLength).toBeLessThan(3)
    expect(request.readableLength + request.writableLength + body.readableLength).toBe(100)
    request.end()
    let text = ''
    for await (const piece of body) text += piece
    expect(text).toBe('x'.repeat(100))
  })

  it('takes nothing of the request before it is read, and no more than it can pass on', async () => {
    const request = new PassThrough({ highWaterMark: 1_000 })
    const body = new UpstreamBody(requestOf(request), undefined, buffers)
    request.write(Buffer.alloc(999))
    expect(request.readableLength).toBe(999)
    body.read(0)
    const fill = async () => {
      while (request.write(Buffer.alloc(100_000))) await new Promise(setImmediate)
    }
    await fill()
    expect(body.readableLength).toBeLessThan(300_000)
  })

  it('does not take the request along when it is destroyed, and lets the rest of it flow away', async () => {
    const request = new PassThrough()
    const body = new UpstreamBody(requestOf(request), undefined, buffers)
    body.read(0)
    body.destroy()
    const ended = new Promise((resolve) => request.once('end', resolve))
    for (let i = 0; i < 10; i++) request.write(Buffer.alloc(100_000))
    request.end()
    await ended
    expect(request.errored).toBeNull()
  })
})
