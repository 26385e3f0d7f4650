import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { inputOf } from '../../src/connect/target-socket.ts'
import { TransportError } from '../../src/index.ts'
import { HeldCall } from './held-call.ts'
import { answer, pathOf, RawTarget, until } from './raw-target.ts'

let target: RawTarget

beforeAll(async () => {
  target = await RawTarget.start()
})
afterEach(() => target.reset())
afterAll(() => target.close())

beforeEach(() => {
  // A target that knows what HEAD is.
  target.onPiece = ({ socket }, piece) => {
    if (piece.startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
    else socket.write(answer(pathOf(piece)))
  }
})

describe('a request that has its connection and is not sent yet', () => {
  it('never takes for its answer what comes behind that of the call before', async () => {
    const sockets: TLSSocket[] = []
    const pool = target.pool(
      {},
      target.watched('after', (socket) => sockets.push(socket)),
    )
    // The body that an answer to HEAD must not have looks like an answer itself, and comes with the next read.
    const onEnd = () =>
      queueMicrotask(() => {
        const [socket] = sockets
        if (socket !== undefined) inputOf(socket).receive?.(Buffer.from(answer('stray')))
      })
    const head = HeldCall.send(pool, '/head', { onEnd }, { method: 'HEAD' })
    const others = ['/1', '/2', '/3'].map((path) => HeldCall.send(pool, path))
    expect(await head.answer).toMatchObject({ status: 200 })
    expect(await Promise.all(others.map((call) => call.outcome()))).toEqual(['/1', '/2', '/3'])
    expect(target.sides).toHaveLength(2)
  })

  it.each(['GET', 'POST'])('goes out on another connection where its own ends first: %s', async (method) => {
    const sockets: TLSSocket[] = []
    const pool = target.pool(
      {},
      target.watched('after', (socket) => sockets.push(socket)),
    )
    await HeldCall.send(pool, '/first').outcome()
    const next = HeldCall.send(pool, '/next', {}, { method })
    // As if its end had been read in this turn.
    sockets[0]?.emit('end')
    expect(await next.outcome()).toBe('/next')
    expect(target.paths.flat()).toEqual(['/first', '/next'])
  })

  it('can be given up where its connection ended before it was sent', async () => {
    const sockets: TLSSocket[] = []
    const pool = target.pool(
      {},
      target.watched('after', (socket) => sockets.push(socket)),
    )
    await HeldCall.send(pool, '/first').outcome()
    const givenUp = HeldCall.send(pool, '/given-up')
    sockets[0]?.emit('end')
    sockets[0]?.once('close', () => givenUp.exchange.abort(new TransportError('CALL_ABORTED')))
    expect(await givenUp.outcome()).toMatchObject({ code: 'CALL_ABORTED' })
    expect(await HeldCall.send(pool, '/next').outcome()).toBe('/next')
    expect(target.paths.flat()).toEqual(['/first', '/next'])
  })

  it('leaves the connection to the next one where it is given up', async () => {
    const pool = target.pool()
    await HeldCall.send(pool, '/first').outcome()
    const givenUp = HeldCall.send(pool, '/given-up')
    givenUp.exchange.abort(new TransportError('CALL_ABORTED'))
    expect(await givenUp.outcome()).toMatchObject({ code: 'CALL_ABORTED' })
    expect(await HeldCall.send(pool, '/next').outcome()).toBe('/next')
    expect(target.paths).toEqual([['/first', '/next']])
  })
})

describe('a call that is given up while it waits', () => {
  it('waits for nothing any more, so that others do not wait for its sake', async () => {
    target.onPiece = () => {}
    const pool = target.pool()
    const running = HeldCall.send(pool, '/running')
    const left = Array.from({ length: 40 }, (_, n) => HeldCall.send(pool, `/${n}`))
    for (const { exchange } of left) exchange.abort(new TransportError('CALL_ABORTED'))
    expect(pool.counts().queued).toBe(1)
    await until(() => target.paths.flat().length === 1)
    running.exchange.abort(new TransportError('CALL_ABORTED'))
    target.onPiece = ({ socket }, piece) => void socket.write(answer(pathOf(piece)))
    expect(await HeldCall.send(pool, '/next').outcome()).toBe('/next')
    expect(target.paths.flat()).toEqual(['/running', '/next'])
  })
})

describe('a connection that nobody has used', () => {
  it('is kept no longer than any other', async () => {
    const pool = target.pool({ keepAliveTimeoutMs: 50 })
    const left = HeldCall.send(pool, '/left')
    await new Promise(setImmediate)
    // By now the connection is on its way.
    left.exchange.abort(new Error('left'))
    await until(() => target.sides[0]?.isClosed === true)
    await until(() => pool.counts().connections === 0)
    expect(target.paths).toEqual([[]])
  })
})
