import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { TransportError } from '../../src/index.ts'
import { get, listenTcp } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, until } from './raw-target.ts'

describe('a pool', () => {
  let target: RawTarget
  const ended = new TransportError('CLIENT_CERTIFICATE_DELETED')
  const nothing = { connections: 0, running: 0, queued: 0 }

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  /** A pool of one connection with a call that runs and one that waits. */
  async function busyPool() {
    target.onPiece = () => {}
    const pool = target.pool()
    const calls = ['/running', '/waiting'].map((path) => HeldCall.send(pool, path))
    await until(() => target.paths[0]?.length === 1)
    const answerNext = () => target.sides[0]?.socket.write(answer('done'))
    return { pool, calls, outcomes: () => Promise.all(calls.map((call) => call.outcome())), answerNext }
  }

  it('that is closed lets what runs and what waits end, and takes nothing more', async () => {
    const { pool, outcomes, answerNext } = await busyPool()
    let isClosed = false
    const closed = pool.close().then(() => {
      isClosed = true
    })
    await expect(HeldCall.send(pool, '/late').outcome()).resolves.toMatchObject({ code: 'SHUTTING_DOWN' })
    answerNext()
    await until(() => target.paths[0]?.length === 2)
    expect(isClosed).toBe(false)
    answerNext()
    await expect(outcomes()).resolves.toEqual(['done', 'done'])
    await closed
    await until(() => target.sides[0]?.isClosed === true)
    expect(pool.counts()).toEqual(nothing)
  })

  it('that is closed opens the connections that those that wait need', async () => {
    target.onPiece = ({ socket }) => void socket.write(answer('done', 'Connection: close'))
    const pool = target.pool()
    const calls = ['/a', '/b', '/c'].map((path) => HeldCall.send(pool, path))
    await pool.close()
    await expect(Promise.all(calls.map((call) => call.outcome()))).resolves.toEqual(['done', 'done', 'done'])
    expect(target.sides).toHaveLength(3)
  })

  it('that is closed ends its idle connections at once', async () => {
    const pool = target.pool({ connectionsPerTarget: 2 })
    await Promise.all([get(pool, '/a'), get(pool, '/b')])
    const closed = pool.close()
    await expect(HeldCall.send(pool, '/late').outcome()).resolves.toMatchObject({ code: 'SHUTTING_DOWN' })
    await closed
    await until(() => target.sides.every((side) => side.isClosed))
    expect(pool.counts()).toEqual(nothing)
  })

  it('that is closed without having been used is closed', async () => {
    await expect(target.pool().close()).resolves.toBeUndefined()
    await expect(target.pool().destroy(ended)).resolves.toBeUndefined()
  })

  it('that is closed while no connection can be had tells those that wait', async () => {
    const listener = await listenTcp((socket) => socket.destroy())
    const pool = target.pool({}, (hostname, _port, done) => target.connect(hostname, listener.port, done))
    const calls = ['/a', '/b'].map((path) => HeldCall.send(pool, path))
    await pool.close()
    for (const call of calls) expect(await call.outcome()).toMatchObject({ code: 'ECONNRESET' })
    await listener.close()
  })

  it('that is destroyed fails what runs and what waits with the error, and ends its connections', async () => {
    const { pool, calls, outcomes } = await busyPool()
    await pool.destroy(ended)
    await expect(outcomes()).resolves.toEqual([ended, ended])
    expect(calls.map(({ told }) => told)).toEqual([
      ['onStart', 'onError'],
      ['onStart', 'onError'],
    ])
    await until(() => target.sides[0]?.isClosed === true)
    expect(pool.counts()).toEqual(nothing)
    await expect(HeldCall.send(pool, '/late').outcome()).resolves.toBe(ended)
  })

  it('that is destroyed ends connections on their way', async () => {
    let isGone = false
    // It never says anything in the handshake.
    const listener = await listenTcp((socket) => {
      socket.resume().on('close', () => {
        isGone = true
      })
    })
    const pool = target.pool({}, (hostname, _port, done) => target.connect(hostname, listener.port, done))
    const calls = ['/a', '/b'].map((path) => HeldCall.send(pool, path))
    await until(() => listener.connections === 1)
    await pool.destroy(ended)
    for (const call of calls) await expect(call.outcome()).resolves.toBe(ended)
    await until(() => isGone)
    expect(listener.connections).toBe(1)
    await listener.close()
  })

  it('that is destroyed in the turn in which it was asked connects to nothing', async () => {
    const pool = target.pool()
    const call = HeldCall.send(pool, '/a')
    await pool.destroy(ended)
    await expect(call.outcome()).resolves.toBe(ended)
    expect(target.paths.flat()).toEqual([])
  })

  it('that is destroyed while it closes has done both', async () => {
    const { pool, outcomes } = await busyPool()
    const closed = pool.close()
    const destroyed = pool.destroy(ended)
    await Promise.all([closed, destroyed])
    await expect(outcomes()).resolves.toEqual([ended, ended])
    await expect(pool.destroy(new Error('again'))).resolves.toBeUndefined()
    await expect(pool.close()).resolves.toBeUndefined()
  })

  it.each(['onStart', 'onHead', 'onData', 'onEnd'] as const)(
    'may be destroyed by a call that is told of %s',
    async (told) => {
      const pool = target.pool()
      const call = HeldCall.send(pool, '/a', { [told]: () => void pool.destroy(ended) })
      const waiting = HeldCall.send(pool, '/b')
      await expect(waiting.outcome()).resolves.toBe(ended)
      await expect(call.outcome()).resolves.toBe(told === 'onEnd' ? '/a' : ended)
      await pool.close()
      expect(pool.counts()).toEqual(nothing)
    },
  )
})
