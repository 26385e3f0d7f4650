import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { inputOf } from '../../src/connect/target-socket.ts'
import { TransportError } from '../../src/index.ts'
import { get } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, pathOf, RawTarget, until } from './raw-target.ts'

describe('a connection to a target', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  it('is used again', async () => {
    const pool = target.pool({ connectionsPerTarget: 9 })
    for (const path of ['/a', '/b', '/c']) await expect(get(pool, path)).resolves.toEqual({ status: 200, body: path })
    expect(target.paths).toEqual([['/a', '/b', '/c']])
  })

  it('carries a request only when the answer to the one before has come whole', async () => {
    target.onPiece = () => {}
    const pool = target.pool()
    const calls = [HeldCall.send(pool, '/a'), HeldCall.send(pool, '/b')]
    await until(() => target.paths[0]?.length === 1)
    const [side] = target.sides
    side?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1')
    await until(() => calls[0]?.told.includes('onData') === true)
    await new Promise(setImmediate)
    expect(target.paths).toEqual([['/a']])
    side?.socket.write('2')
    await until(() => target.paths[0]?.length === 2)
    side?.socket.write(answer('34'))
    await expect(Promise.all(calls.map((call) => call.outcome()))).resolves.toEqual(['12', '34'])
  })

  it('carries a request only when a whole turn has passed in which more could have come behind the last answer', async () => {
    const written: number[] = []
    const connect = target.watched('after', (socket) => {
      const { write } = socket
      // The method has overloads, of which the arguments fit one.
      socket.write = ((...args: Parameters<typeof write>) => {
        written.push(pool.parts.turnBatch.turn)
        return write.apply(socket, args)
      }) as typeof write
    })
    const pool = target.pool({}, connect)
    let answered = 0
    HeldCall.send(pool, '/a', { onEnd: () => (answered = pool.parts.turnBatch.turn) })
    await expect(HeldCall.send(pool, '/b').outcome()).resolves.toBe('/b')
    expect(written.at(-1)).toBe(answered + 2)
  })

  it.each([
    ['says Connection: close', answer('x', 'Connection: close')],
    ['is one of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx'],
    ['lets it be idle for no longer than a second', answer('x', 'Keep-Alive: timeout=1')],
    ['has more behind its end', `${answer('x')}${answer('stray')}`],
    ['has a single byte behind its end', `${answer('x')}\n`],
  ])('is ended behind an answer that %s, and the next request gets a new one', async (_what, text) => {
    target.onPiece = ({ socket }, piece) => void socket.write(pathOf(piece) === '/first' ? text : answer('next'))
    const pool = target.pool()
    const first = get(pool, '/first')
    const next = get(pool, '/next')
    await expect(first).resolves.toEqual({ status: 200, body: 'x' })
    await expect(next).resolves.toEqual({ status: 200, body: 'next' })
    expect(target.paths).toEqual([['/first'], ['/next']])
    await until(() => target.sides[0]?.isClosed === true)
  })

  it('that the target ends with its answer is not used again', async () => {
    target.onPiece = ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end')
    const pool = target.pool()
    for (const path of ['/a', '/b']) await expect(get(pool, path)).resolves.toMatchObject({ body: 'until the end' })
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it('ends with bytes that nobody asked for, and the next request gets a new one', async () => {
    const pool = target.pool()
    await get(pool, '/a')
    target.sides[0]?.socket.write(answer('stray'))
    await until(() => target.sides[0]?.isClosed === true)
    await expect(get(pool, '/b')).resolves.toEqual({ status: 200, body: '/b' })
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it.each(['data', 'end'])('takes no request in the very turn in which %s ends it', async (event) => {
    let next: HeldCall | undefined
    const connect = target.watched('after', (socket) => {
      const send = () => {
        if (isIdle) next ??= HeldCall.send(pool, '/b')
      }
      if (event === 'end') socket.on(event, send)
      else onInput(socket, 'after', send)
    })
    let isIdle = false
    const pool = target.pool({}, connect)
    const first = HeldCall.send(pool, '/a')
    await first.answer
    isIdle = true
    if (event === 'end') target.sides[0]?.socket.end()
    else target.sides[0]?.socket.write(answer('stray'))
    await until(() => next !== undefined)
    await expect(next?.outcome()).resolves.toBe('/b')
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it('takes nothing for an answer that came before the request was written: that goes out on another one', async () => {
    let early: HeldCall | undefined
    const connect = target.watched('after', (socket) => {
      onInput(socket, 'before', () => {
        if (first.isOver) early ??= HeldCall.send(pool, '/b')
      })
    })
    const pool = target.pool({}, connect)
    const first = HeldCall.send(pool, '/a')
    await first.answer
    await new Promise(setImmediate)
    target.sides[0]?.socket.write(answer('stray'))
    await until(() => early !== undefined)
    expect(await early?.outcome()).toBe('/b')
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it('is ended by the error of whoever destroys its pool', async () => {
    target.onPiece = () => {}
    const pool = target.pool()
    const call = HeldCall.send(pool, '/a')
    await until(() => target.paths[0]?.length === 1)
    const error = new TransportError('CLIENT_CERTIFICATE_DELETED')
    await pool.destroy(error)
    await expect(call.outcome()).resolves.toBe(error)
    await until(() => target.sides[0]?.isClosed === true)
  })
})

/** Tells of what comes, before or after the connection has taken it. */
function onInput(socket: TLSSocket, when: 'before' | 'after', told: () => void): void {
  const input = inputOf(socket)
  const { receive } = input
  input.receive = (bytes) => {
    if (when === 'before') told()
    receive?.(bytes)
    if (when === 'after') told()
  }
}
