import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, sleep, until } from './raw-target.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'
const limitMs = 100
/** So long that the limit would have been noticed. */
const longMs = 250
const late = { code: 'TIMEOUT' }

describe('time runs out for an answer', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  const headersLimited = () => target.pool({ headersTimeoutMs: limitMs })
  const bodyLimited = () => target.pool({ bodyTimeoutMs: limitMs })

  it('that does not begin, and the next request gets a new connection', async () => {
    target.onPiece = ({ socket }) => void (target.sides.length > 1 && socket.write(answer('in time')))
    const pool = headersLimited()
    const calls = [HeldCall.send(pool, '/a'), HeldCall.send(pool, '/b')]
    const begin = performance.now()
    await expect(calls[0]?.outcome()).resolves.toMatchObject(late)
    expect(performance.now() - begin).toBeGreaterThan(limitMs - 10)
    await expect(calls[1]?.outcome()).resolves.toBe('in time')
  })

  it('that does not begin, and its caller is told of that once before', async () => {
    target.onPiece = ({ socket }) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
    const call = HeldCall.send(headersLimited(), '/')
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
    await sleep(longMs)
    body.push(null)
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(call.told).toEqual(['onStart', 'onHead', 'onError'])
  })

  it('that does not begin, by the time of its call, which may be longer or shorter', async () => {
    target.onPiece = async ({ socket }) => {
      await sleep(longMs)
      socket.write(answer('in time'))
    }
    const limited = HeldCall.send(headersLimited(), '/', {}, { answerTimeoutMs: 10_000 })
    await expect(limited.outcome()).resolves.toBe('in time')
    target.onPiece = () => {}
    const call = HeldCall.send(target.pool({ headersTimeoutMs: 10_000 }), '/', {}, { answerTimeoutMs: 1 })
    await expect(call.outcome()).resolves.toMatchObject(late)
  })

  it('that does not begin, however many interim ones come', async () => {
    target.onPiece = ({ socket }) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), limitMs / 5)
      socket.on('close', () => clearInterval(timer))
    }
    const call = HeldCall.send(headersLimited(), '/')
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(call.told).toContain('onInformation')
  })

  it('only from the end of its request', async () => {
    const body = new Readable({ read() {} })
    target.onPiece = ({ socket, received }) => {
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write(answer('in time'))
    }
    const call = HeldCall.send(headersLimited(), '/', {}, { method: 'POST', body })
    body.push('begun')
    await sleep(longMs)
    body.push(null)
    await expect(call.outcome()).resolves.toBe('in time')
  })

  /** A body of which a piece comes every now and then, on its way to a target with a limit. */
  const slowUpload = (pieces: number) => {
    const body = new Readable({ read() {} })
    const send = async () => {
      for (let sent = 0; sent < pieces; sent++) {
        body.push('piece')
        await sleep(limitMs / 2)
      }
      body.push(null)
    }
    void send()
    return HeldCall.send(bodyLimited(), '/', {}, { method: 'POST', body })
  }

  it('that has begun, but not while the rest of its request is still coming', async () => {
    let isBegun = false
    target.onPiece = ({ socket, received }) => {
      if (!isBegun) socket.write(head)
      isBegun = true
      if (received.endsWith('\r\n0\r\n\r\n')) socket.write('1234')
    }
    await expect(slowUpload(8).outcome()).resolves.toBe('1234')
  })

  it('that has begun and stops, from the end of its request', async () => {
    target.onPiece = ({ socket, received }) => {
      if (!received.endsWith('\r\n')) return
      target.onPiece = () => {}
      socket.write(`${head}1`)
    }
    await expect(slowUpload(2).outcome()).resolves.toMatchObject(late)
  })

  it('that has begun, while the target does not take the rest of its request', async () => {
    target.onPiece = ({ socket }) => {
      socket.write(head)
      socket.pause()
    }
    const body = Readable.from(Array.from({ length: 1_000 }, () => Buffer.alloc(65_536)))
    const call = HeldCall.send(bodyLimited(), '/', {}, { method: 'POST', body })
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(body.destroyed).toBe(true)
  })

  it('that stops, and not for one that goes on', async () => {
    target.onPiece = async ({ socket }) => {
      for (const piece of [head, '1', '2', '3']) {
        socket.write(piece)
        await sleep(limitMs / 2)
      }
    }
    const call = HeldCall.send(bodyLimited(), '/')
    await expect(call.outcome()).resolves.toMatchObject(late)
    expect(call.told.filter((each) => each === 'onData')).toHaveLength(3)
  })

  it('but not while nobody reads it', async () => {
    target.onPiece = ({ socket }) => void socket.write(`${head}12`)
    const call = HeldCall.send(bodyLimited(), '/', { onData: (exchange) => exchange.pause() })
    await until(() => call.told.includes('onData'))
    await sleep(longMs)
    target.sides[0]?.socket.write('34')
    expect(call.isOver).toBe(false)
    call.exchange.resume()
    await expect(call.outcome()).resolves.toBe('1234')
  })

  it('again from when somebody reads it', async () => {
    target.onPiece = ({ socket }) => void socket.write(`${head}12`)
    const call = HeldCall.send(bodyLimited(), '/', { onData: (exchange) => exchange.pause() })
    await until(() => call.told.includes('onData'))
    call.exchange.resume()
    await expect(call.outcome()).resolves.toMatchObject(late)
  })

  it('but not while nobody reads its beginning', async () => {
    const call = HeldCall.send(headersLimited(), '/a', { onStart: (exchange) => exchange.pause() })
    await until(() => target.paths[0]?.length === 1)
    await sleep(longMs)
    expect(call.isOver).toBe(false)
    call.exchange.resume()
    await expect(call.outcome()).resolves.toBe('/a')
  })

  it('whose beginning somebody reads again', async () => {
    target.onPiece = () => {}
    const call = HeldCall.send(headersLimited(), '/', { onStart: (exchange) => exchange.pause() })
    await until(() => target.paths[0]?.length === 1)
    call.exchange.resume()
    await expect(call.outcome()).resolves.toMatchObject(late)
  })
})
