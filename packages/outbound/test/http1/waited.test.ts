import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { AnswerCollector, type TargetRequest } from '../../src/http1/exchange.ts'
import type { TargetPool } from '../../src/http1/target-pool.ts'
import { answer, RawTarget, sleep } from './raw-target.ts'

class TimedCall extends AnswerCollector {
  waitedMs: number | undefined = -1

  at: number | undefined

  override onHead(status: number, fields: readonly string[], _version?: unknown, at?: number, waitedMs?: number): void {
    super.onHead(status, fields)
    this.at = at
    this.waitedMs = waitedMs
  }
}

describe('how long a target took to answer', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  async function waited(pool: TargetPool, request: Partial<TargetRequest> = {}): Promise<number | undefined> {
    const call = new TimedCall(1_000)
    pool.send({ method: 'POST', path: '/', headers: [], body: null, ...request }, call)
    await call.answer
    return call.waitedMs
  }

  it('is told with the head of its answer, on a connection that is kept, too', async () => {
    target.onPiece = async ({ socket }) => {
      await sleep(30)
      socket.write(answer('done'))
    }
    const pool = target.pool()
    // Timers may come a millisecond early.
    expect(await waited(pool)).toBeGreaterThan(28)
    expect(await waited(pool)).toBeGreaterThan(28)
    expect(target.sides).toHaveLength(1)
  })

  it('does not count the time in which its caller sent the request', async () => {
    target.onPiece = ({ socket, received }) => {
      if (received.endsWith('0\r\n\r\n')) socket.write(answer('done'))
    }
    const body = new Readable({ read() {} })
    body.push('begun')
    const sent = performance.now()
    const call = waited(target.pool(), { body })
    await sleep(100)
    body.push(null)
    expect(await call).toBeLessThan(performance.now() - sent - 95)
  })

  it('ends when the head comes, which is told in any case', async () => {
    target.onPiece = ({ socket }) => void socket.write(answer('done'))
    const call = new TimedCall(1_000)
    const before = performance.now()
    target.pool().send({ method: 'GET', path: '/', headers: [], body: null }, call)
    await call.answer
    const { at = 0, waitedMs = 0 } = call
    expect(at - waitedMs).toBeGreaterThan(before)
    expect(at).toBeLessThan(performance.now())
  })

  it('is not told where it answers before it has the whole request', async () => {
    target.onPiece = ({ socket }) => void socket.write(answer('done'))
    const body = new Readable({ read() {} })
    body.push('begun')
    expect(await waited(target.pool(), { body })).toBe(undefined)
  })
})
