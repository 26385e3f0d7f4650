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
