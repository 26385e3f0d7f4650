import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Job } from '@mtls-gateway/event-loop'
import { ManualClock } from '../support/manual-clock.ts'
import { Answer, answerInBytes, body, loopThat, RecordTarget, write, writeBytes } from './record-target.ts'

let target: RecordTarget

beforeAll(async () => {
  target = await RecordTarget.start()
})
afterEach(() => target.reset())
afterAll(() => target.close())

describe('a connection that waits for its turn', () => {
  let clock: ManualClock

  beforeEach(() => {
    clock = new ManualClock()
  })
  afterEach(() => clock.close())

  it('has no time limit meanwhile', async () => {
    target.onRequest = (tls, wire) => answerInBytes(tls, wire)
    const inLine: Job[] = []
    const answer = target.call(new Answer(), loopThat({ lineUp: (job) => void inLine.push(job) }), 500)
    while (inLine.length === 0 && !answer.isOver) await setTimeout(5)
    expect(inLine.length).toBe(1)
    clock.pass(1_200)
    // It is looked every 50 ms.
    await setTimeout(120)
    expect(answer.error).toBeUndefined()
    const given = setInterval(() => inLine.shift()?.onTurn(), 0)
    await answer.over
    clearInterval(given)
    expect(answer.error).toBeUndefined()
    expect(answer.body).toBe(body)
  })
})

describe('large pieces of many connections', () => {
  it('wait for their turn where all have brought too much together', async () => {
    const inLine: Job[] = []
    const size = 100_000
    target.onRequest = (tls) => void tls.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    let isTooMuch = true
    const loop = loopThat({ lineUp: (job) => void inLine.push(job), isTooMuch: () => isTooMuch })
    const answer = target.call(new Answer(), loop)
    while (inLine.length === 0 && !answer.isOver) await setTimeout(5)
    await setTimeout(50)
    expect(inLine.length).toBe(1)
    expect(answer.body.length).toBeLessThan(size)
    isTooMuch = false
    inLine[0]?.onTurn()
    await answer.over
    expect(answer.body.length).toBe(size)
  })
})

describe('what small records cost', () => {
  let clock: ManualClock

  beforeEach(() => {
    clock = new ManualClock()
  })
  afterEach(() => clock.close())

  /**
   * @returns what is spent on an answer in records of one byte, where each piece of it takes as long by the clock, and
   *   how much of it a usual target would have cost
   */
  async function spentOn(text: string, msPerPiece: number): Promise<{ ms: number; usualMs: number }> {
    target.onRequest = async (tls, wire) => {
      wire.collect()
      await write(tls, `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`)
      await writeBytes(tls, text)
      wire.send()
    }
    const spent = { ms: 0, usualMs: 0 }
    const answer = new Answer()
    answer.onData = () => clock.pass(msPerPiece)
    const spend = (ms: number, usualMs: number) => {
      spent.ms += ms
      spent.usualMs += usualMs
      return true
    }
    await target.call(answer, loopThat({ spend })).over
    await setImmediate()
    return spent
  }

  it('is what the clock tells', async () => {
    // What the first pieces of a read take is known.
    const { ms, usualMs } = await spentOn('x'.repeat(1_000), 1)
    expect(ms).toBeGreaterThan(0.9)
    expect(usualMs).toBeLessThan(0.1)
  })

  it('is no more than a few records can, as the processor may have been with others', async () => {
    expect((await spentOn('x'.repeat(30), 7)).ms).toBeLessThan(0.5)
  })

  it('is usual where they are few', async () => {
    const { ms, usualMs } = await spentOn('x'.repeat(30), 1)
    expect(ms).toBeGreaterThan(0)
    expect(usualMs).toBe(ms)
  })
})

describe('an answer that costs too much', () => {
  it('ends with its connection, and a code that says so', async () => {
    target.onRequest = (tls, wire) => answerInBytes(tls, wire)
    const answer = target.call(new Answer(), loopThat({ spend: () => false }))
    await answer.over
    expect(answer.error).toMatchObject({ code: 'TARGET_TOO_COSTLY' })
  })
})

describe('a connection that waits for its turn when its answer ends', () => {
  const ok = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`

  const short = body.slice(0, 100)

  /** @param behind what comes right behind the answer */
  async function heldPool(behind?: string) {
    const inLine: Job[] = []
    let connections = 0
    target.onRequest = async (tls, wire) => {
      connections += 1
      if (connections > 1) return void tls.write(`${ok('other')}other`)
      tls.on('data', () => void tls.write(`${ok('again')}again`))
      // All of it comes with one read.
      wire.collect()
      await write(tls, ok(short))
      await writeBytes(tls, short)
      wire.send()
      if (behind !== undefined) void setTimeout(30).then(() => tls.write(ok(behind) + behind))
    }
    const pool = target.pool(loopThat({ lineUp: (job) => void inLine.push(job) }))
    const ask = (answer = new Answer()) => {
      pool.send({ method: 'GET', path: '/', headers: [], body: null }, answer)
      return answer
    }
    await ask().over
    while (inLine.length === 0) await setTimeout(1)
    const second = ask()
    await setTimeout(60)
    expect(second.isOver).toBe(false)
    inLine[0]?.onTurn()
    await second.over
    return second
  }

  it('carries the next call once it is read again', async () => {
    expect((await heldPool()).body).toBe('again')
  })

  it('carries no call where something came behind that answer', async () => {
    expect((await heldPool('forged')).body).toBe('other')
  })
})
