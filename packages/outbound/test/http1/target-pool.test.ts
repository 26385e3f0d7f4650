import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@mtls-gateway/test-kit'
import type { Connect } from '../../src/connect/connection-attempt.ts'
import { get } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, until } from './raw-target.ts'

describe('a pool of connections', () => {
  let target: RawTarget
  let closedPort: number

  beforeAll(async () => {
    target = await RawTarget.start()
    closedPort = await freePort()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  /** Connections of which the first ones are refused. */
  function refused(count: number): Connect {
    let left = count
    return (hostname, port, done) => target.connect(hostname, left-- > 0 ? closedPort : port, done)
  }

  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`)

  it('has so many connections and no more; further requests wait in order', async () => {
    target.onPiece = () => {}
    const pool = target.pool({ connectionsPerTarget: 2 })
    const calls = numbered(6).map((path) => HeldCall.send(pool, path))
    await until(() => target.paths.flat().length === 2)
    expect(pool.counts()).toEqual({ connections: 2, running: 2, queued: 4 })
    const [one, other] = target.sides
    for (const sent of [3, 4, 5]) {
      one?.socket.write(answer('x'))
      await until(() => target.paths.flat().length === sent)
    }
    other?.socket.write(answer('x'))
    await until(() => target.paths.flat().length === 6)
    for (const { socket } of target.sides) socket.write(answer('x'))
    await Promise.all(calls.map((call) => call.answer))
    expect(target.sides).toHaveLength(2)
    expect(target.paths.map((paths) => paths.length).sort()).toEqual([2, 4])
    expect(target.paths.find((paths) => paths.length === 4)?.slice(1)).toEqual(['/2', '/3', '/4'])
    expect(pool.counts()).toEqual({ connections: 2, running: 0, queued: 0 })
  })

  it('opens no connection where one is idle', async () => {
    const pool = target.pool({ connectionsPerTarget: 9 })
    await get(pool, '/a')
    target.onPiece = () => {
      if (target.paths.flat().length === 3) for (const { socket } of target.sides) socket.write(answer('x'))
    }
    await Promise.all([get(pool, '/b'), get(pool, '/c')])
    expect(target.sides).toHaveLength(2)
  })

  it('sends what is asked for when another call ends', async () => {
    const pool = target.pool()
    let next: HeldCall | undefined
    const first = HeldCall.send(pool, '/a', {
      onEnd: () => {
        next = HeldCall.send(pool, '/b')
      },
    })
    await first.answer
    await expect(next?.outcome()).resolves.toBe('/b')
    expect(target.paths).toEqual([['/a', '/b']])
  })

  it('sends what is asked for when another call fails', async () => {
    const pool = target.pool()
    let next: HeldCall | undefined
    const onError = () => {
      next = HeldCall.send(pool, '/b')
    }
    await HeldCall.send(pool, '/a', { onError }, { path: 'no path' }).outcome()
    await expect(next?.outcome()).resolves.toBe('/b')
    expect(target.paths).toEqual([['/b']])
  })

  it('tells the request that has waited longest where no connection can be had, and the others go on', async () => {
    const pool = target.pool({ connectionsPerTarget: 1 }, refused(2))
    const outcomes = numbered(4).map((path) => HeldCall.send(pool, path).outcome())
    const refusal = expect.objectContaining({ code: 'ECONNREFUSED' })
    await expect(Promise.all(outcomes)).resolves.toEqual([refusal, refusal, '/2', '/3'])
    expect(target.paths).toEqual([['/2', '/3']])
  })

  it('tells each request where none can be had at all, and may be asked again', async () => {
    const pool = target.pool({ connectionsPerTarget: 2 }, refused(5))
    const outcomes = numbered(5).map((path) => HeldCall.send(pool, path).outcome())
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ code: 'ECONNREFUSED' })
    expect(pool.counts()).toEqual({ connections: 0, running: 0, queued: 0 })
    await expect(get(pool, '/a')).resolves.toMatchObject({ body: '/a' })
  })

  it('opens another connection for those that wait when one breaks', async () => {
    target.onPiece = ({ socket }, piece) => {
      if (piece.includes(' /0 ')) socket.destroy()
      else socket.write(answer('whole'))
    }
    const pool = target.pool()
    const outcomes = numbered(3).map((path) => HeldCall.send(pool, path).outcome())
    const [first, ...others] = await Promise.all(outcomes)
    expect(first).toBeInstanceOf(Error)
    expect(others).toEqual(['whole', 'whole'])
    expect(target.paths).toEqual([['/0'], ['/1', '/2']])
  })
})
