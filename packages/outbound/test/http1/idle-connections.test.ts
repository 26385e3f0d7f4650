import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { ManualClock } from '../support/manual-clock.ts'
import { get } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, RawTarget, sleep, someTurns, until } from './raw-target.ts'

describe('an idle connection', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  const isClosed = (index: number) => target.sides[index]?.isClosed === true

  it('is ended after a while, and the next request gets a new one', async () => {
    const pool = target.pool({ keepAliveTimeoutMs: 50 })
    await get(pool, '/a')
    await until(() => isClosed(0))
    await until(() => pool.counts().connections === 0)
    await expect(get(pool, '/b')).resolves.toMatchObject({ body: '/b' })
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it('is ended a second before the target would end it', async () => {
    const clock = new ManualClock()
    target.onPiece = ({ socket }) => void socket.write(answer('x', 'Keep-Alive: timeout=2'))
    const pool = target.pool({ headersTimeoutMs: 500 })
    try {
      await get(pool, '/a')
      clock.pass(500)
      await get(pool, '/b')
      clock.pass(999)
      // It is looked every 50 ms.
      await sleep(120)
      expect(pool.counts().connections).toBe(1)
      clock.pass(2)
      await until(() => isClosed(0))
    } finally {
      clock.close()
    }
    expect(target.paths).toEqual([['/a', '/b']])
  })

  it('is not ended while it is in use', async () => {
    target.onPiece = ({ socket }) => void setTimeout(() => socket.write(answer('late')), 200)
    const pool = target.pool({ keepAliveTimeoutMs: 50 })
    await expect(get(pool, '/a')).resolves.toMatchObject({ body: 'late' })
  })

  it('is ended after a while where its last request was given up before it was sent', async () => {
    const pool = target.pool({ keepAliveTimeoutMs: 50 })
    const giveUp = { onStart: (exchange: HeldCall['exchange']) => exchange.abort(new Error('given up')) }
    await get(pool, '/a')
    await HeldCall.send(pool, '/b', giveUp).outcome()
    await until(() => isClosed(0))
    expect(target.paths).toEqual([['/a']])
  })

  it('that the target ends is not used again', async () => {
    const pool = target.pool()
    await get(pool, '/a')
    target.sides[0]?.socket.end()
    await until(() => pool.counts().connections === 0)
    await expect(get(pool, '/b')).resolves.toMatchObject({ body: '/b' })
    expect(target.paths).toEqual([['/a'], ['/b']])
  })

  it('is the one that was used last, so that those that are not needed run out', async () => {
    const pool = target.pool({ connectionsPerTarget: 3 })
    // All three at once.
    const waiting: (() => void)[] = []
    target.onPiece = ({ socket }) => {
      waiting.push(() => socket.write(answer('x')))
      if (waiting.length === 3) for (const reply of waiting) reply()
    }
    await Promise.all([get(pool, '/a'), get(pool, '/b'), get(pool, '/c')])
    target.onPiece = ({ socket }) => void socket.write(answer('x'))
    for (let i = 0; i < 8; i++) {
      await someTurns()
      await get(pool, '/again')
    }
    const more = target.paths.map((paths) => paths.length - 1).sort()
    expect(more).toEqual([0, 0, 8])
  })
})
