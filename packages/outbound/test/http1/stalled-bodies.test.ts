import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { AnswerCollector } from '../../src/http1/exchange.ts'
import { HeldCall } from './held-call.ts'
import { RawTarget, until } from './raw-target.ts'

let target: RawTarget

beforeAll(async () => {
  target = await RawTarget.start()
})
afterEach(() => target.reset())
afterAll(() => target.close())

const endless = () => Readable.from(Array.from({ length: 1_000 }, () => Buffer.alloc(65_536)))

describe('a body that its target does not take', () => {
  it('is given up after the time for an answer, and its stream with it', async () => {
    target.onPiece = ({ socket }) => void socket.pause()
    const body = endless()
    const call = HeldCall.send(target.pool({ headersTimeoutMs: 200 }), '/', {}, { method: 'POST', body })
    expect(await call.outcome()).toMatchObject({ code: 'TIMEOUT' })
    expect(body.destroyed).toBe(true)
  })
})

describe('an answer that is collected up to a limit', () => {
  it('costs no more where the rest of it comes in very small pieces', async () => {
    const pieces = '1\r\nx\r\n'.repeat(3_000)
    target.onPiece = ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${pieces}`)
    }
    class Counting extends AnswerCollector {
      pieces = 0
      override onData(chunk: Buffer): void {
        this.pieces += 1
        super.onData(chunk)
      }
    }
    const collector = new Counting(10)
    const pool = target.pool()
    pool.send({ path: '/', method: 'GET', headers: [], body: null }, collector)
    expect(await collector.answer).toMatchObject({ truncated: true, body: Buffer.from('xxxxxxxxxx') })
    await until(() => pool.counts().connections === 0)
    expect(collector.pieces).toBe(1)
  })
})
