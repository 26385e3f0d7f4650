import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { ManualClock } from '../support/manual-clock.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, sleep, until } from './raw-target.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'
const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n'
const limitMs = 100
/** So long that the limit would have been noticed. */
const longMs = 250
const late = { code: 'TIMEOUT' }

describe('time runs out for an answer', () => {
  let target: RawTarget
  let clock: ManualClock

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  beforeEach(() => {
    clock = new ManualClock()
  })
  afterEach(async () => {
    clock.close()
    await target.reset()
  })
  afterAll(() => target.close())

  const headersLimited = () => target.pool({ headersTimeoutMs: limitMs })
  const bodyLimited = () => target.pool({ bodyTimeoutMs: limitMs })

  /** Time passes, and it is looked what is late: every 10 ms, for limits of 100 ms. */
  async function pass(milliseconds: number): Promise<void> {
    clock.pass(milliseconds)
    await sleep(25)
  }

  /** The limit passes: the call is late then, and not before. */
  async function passLimit(call: HeldCall): Promise<void> {
    await pass(limitMs - 1)
    expect(call.isOver).toBe(false)
    clock.pass(2)
    await expect(call.outcome()).resolves.toMatchObject(late)
  }

  const hasCome = (path: string) => until(() => target.paths.flat().includes(path))
  const hasAllCome = () => until(() => target.sides[0]?.received.endsWith('\r\n0\r\n\r\n') === true)
  const isTold = (call: HeldCall, what: HeldCall['told'][number], times = 1) =>
    until(() => call.told.filter((each) => each === what).length === times)

  it('that does not begin, and the next request gets a new connection', async () => {
    target.onPiece = ({ socket }) => void (target.sides.length > 1 && socket.write(answer('in time')))
    const pool = headersLimited()
    const calls = [HeldCall.send(pool, '/a'), HeldCall.send(pool, '/b')] as const
    await hasCome('/a')
    await passLimit(calls[0])
    await expect(calls[1].outcome()).resolves.toBe('in time')
  })

  it('that does not begin, and its caller is told of that once before', async () => {
    target.onPiece = ({ socket }) => void socket.write(interim)
    const call = HeldCall.send(headersLimited(), '/')
    await isTold(call, 'onInformation')
    await pass(limitMs / 2 - 1)
    expect(call.told).toEqual(['onStart', 'onInformation'])
    await pass(2)
    expect(call.told).toEqual(['onStart', 'onInformation', 'onLongUnanswered'])
    clock.pass(limitMs)
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(call.told).toEqual(['onStart', 'onInformation', 'onLongUnanswered', 'onError'])
  })

  it('but the caller is not told of the body’s time, nor of a request that is still coming', async () => {
    target.onPiece = ({ socket, received }) => {
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write(head)
    }
    const body = new Readable({ read() {} })
    const pool = target.pool({ headersTimeoutMs: limitMs, bodyTimeoutMs: limitMs })
    const call = HeldCall.send(pool, '/', {}, { method: 'POST', body })
    body.push('begun')
    await until(() => target.sides[0]?.received.includes('begun') === true)
    await pass(longMs)
    body.push(null)
    await isTold(call, 'onHead')
    await passLimit(call)
    expect(call.told).toEqual(['onStart', 'onHead', 'onError'])
  })

  it('that does not begin, by the time of its call, which may be longer or shorter', async () => {
    target.onPiece = () => {}
    const limited = HeldCall.send(headersLimited(), '/long', {}, { answerTimeoutMs: 10_000 })
    await hasCome('/long')
    await pass(longMs)
    target.sides[0]?.socket.write(answer('in time'))
    await expect(limited.outcome()).resolves.toBe('in time')
    const call = HeldCall.send(target.pool({ headersTimeoutMs: 10_000 }), '/short', {}, { answerTimeoutMs: 1 })
    await hasCome('/short')
    clock.pass(2)
    await expect(call.outcome()).resolves.toMatchObject(late)
  })

  it('that does not begin, however many interim ones come', async () => {
    target.onPiece = () => {}
    const call = HeldCall.send(headersLimited(), '/')
    await hasCome('/')
    for (let sent = 1; sent <= 4; sent++) {
      target.sides[0]?.socket.write(interim)
      await isTold(call, 'onInformation', sent)
      expect(call.isOver).toBe(false)
      await pass(limitMs / 4)
    }
    clock.pass(1)
    await expect(call.outcome()).resolves.toMatchObject(late)
  })

  it('only from the end of its request', async () => {
    const body = new Readable({ read() {} })
    target.onPiece = ({ socket, received }) => {
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write(answer('in time'))
    }
    const call = HeldCall.send(headersLimited(), '/', {}, { method: 'POST', body })
    body.push('begun')
    await until(() => target.sides[0]?.received.includes('begun') === true)
    await pass(longMs)
    body.push(null)
    await expect(call.outcome()).resolves.toBe('in time')
  })

  /** A call whose answer has begun, and pieces of its body, one every now and then, on their way to a target. */
  async function slowUpload(pieces: number) {
    const body = new Readable({ read() {} })
    const call = HeldCall.send(bodyLimited(), '/', {}, { method: 'POST', body })
    for (let sent = 0; sent < pieces; sent++) {
      body.push(`piece ${sent}`)
      await until(() => target.sides[0]?.received.includes(`piece ${sent}`) === true)
      await isTold(call, 'onHead')
      await pass(limitMs * 0.8)
    }
    body.push(null)
    return call
  }

  it('that has begun, but not while the rest of its request is still coming', async () => {
    let isBegun = false
    target.onPiece = ({ socket, received }) => {
      if (!isBegun) socket.write(head)
      isBegun = true
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write('1234')
    }
    const call = await slowUpload(8)
    await expect(call.outcome()).resolves.toBe('1234')
  })

  it('that has begun and stops, from the end of its request', async () => {
    target.onPiece = ({ socket, received }) => {
      if (!received.endsWith('\r\n')) return
      target.onPiece = () => {}
      socket.write(`${head}1`)
    }
    const call = await slowUpload(2)
    await hasAllCome()
    await passLimit(call)
  })

  it('that has begun, while the target does not take the rest of its request', async () => {
    target.onPiece = ({ socket }) => {
      socket.write(head)
      socket.pause()
    }
    const body = Readable.from(Array.from({ length: 1_000 }, () => Buffer.alloc(65_536)))
    const call = HeldCall.send(bodyLimited(), '/', {}, { method: 'POST', body })
    await isTold(call, 'onHead')
    // Until the kernel is full time begins anew with all that it takes.
    while (!call.isOver) await pass(limitMs + 1)
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(body.destroyed).toBe(true)
  })

  it('that stops, and not for one that goes on', async () => {
    target.onPiece = ({ socket }) => void socket.write(head)
    const call = HeldCall.send(bodyLimited(), '/')
    await isTold(call, 'onHead')
    for (const [before, piece] of ['1', '2', '3'].entries()) {
      await pass(limitMs * 0.8)
      target.sides[0]?.socket.write(piece)
      await isTold(call, 'onData', before + 1)
    }
    await passLimit(call)
    expect(call.told.filter((each) => each === 'onData')).toHaveLength(3)
  })

  it('but not while nobody reads it', async () => {
    target.onPiece = ({ socket }) => void socket.write(head)
    const call = HeldCall.send(bodyLimited(), '/', { onData: (exchange) => exchange.pause() })
    // The body's time runs.
    await isTold(call, 'onHead')
    target.sides[0]?.socket.write('12')
    await isTold(call, 'onData')
    await pass(longMs)
    target.sides[0]?.socket.write('34')
    expect(call.isOver).toBe(false)
    call.exchange.resume()
    await expect(call.outcome()).resolves.toBe('1234')
  })

  it('again from when somebody reads it', async () => {
    target.onPiece = ({ socket }) => void socket.write(`${head}12`)
    const call = HeldCall.send(bodyLimited(), '/', { onData: (exchange) => exchange.pause() })
    await isTold(call, 'onData')
    call.exchange.resume()
    await passLimit(call)
  })

  it('but not while nobody reads its beginning', async () => {
    const call = HeldCall.send(headersLimited(), '/a', { onStart: (exchange) => exchange.pause() })
    await hasCome('/a')
    await pass(longMs)
    expect(call.isOver).toBe(false)
    call.exchange.resume()
    await expect(call.outcome()).resolves.toBe('/a')
  })

  it('whose beginning somebody reads again', async () => {
    target.onPiece = () => {}
    const call = HeldCall.send(headersLimited(), '/', { onStart: (exchange) => exchange.pause() })
    await hasCome('/')
    call.exchange.resume()
    await passLimit(call)
  })
})
