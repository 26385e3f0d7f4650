import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Exchange } from '../../src/index.ts'
import { get } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { answer, pathOf, RawTarget, sleep, until } from './raw-target.ts'

const givenUp = new Error('given up')
const begun = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n12'

describe('an exchange', () => {
  let target: RawTarget

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  /** A call that is over, and one that is under way on the same connection. */
  async function oneAfterTheOther(reactions: ConstructorParameters<typeof HeldCall>[0] = {}) {
    target.onPiece = ({ socket }, piece) => void socket.write(pathOf(piece) === '/over' ? answer('over') : begun)
    const pool = target.pool()
    const over = HeldCall.send(pool, '/over', reactions)
    await over.outcome()
    const running = HeldCall.send(pool, '/running')
    await until(() => running.told.includes('onData'))
    const goOn = () => target.sides[0]?.socket.write('34')
    return { over, running, goOn }
  }

  it('that is over aborts nothing', async () => {
    const { over, running, goOn } = await oneAfterTheOther()
    over.exchange.abort(givenUp)
    goOn()
    await expect(running.outcome()).resolves.toBe('1234')
    expect(over.told.at(-1)).toBe('onEnd')
    expect(target.paths).toEqual([['/over', '/running']])
  })

  it('that is over pauses nothing', async () => {
    const { over, running, goOn } = await oneAfterTheOther()
    over.exchange.pause()
    goOn()
    await expect(running.outcome()).resolves.toBe('1234')
  })

  it('that is over resumes nothing, though it was paused itself', async () => {
    const { over, running, goOn } = await oneAfterTheOther({ onHead: (exchange) => exchange.pause() })
    running.exchange.pause()
    over.exchange.resume()
    goOn()
    await sleep(50)
    expect(running.isOver).toBe(false)
    running.exchange.resume()
    await expect(running.outcome()).resolves.toBe('1234')
  })

  it('that failed on a connection that is kept aborts, pauses and resumes nothing', async () => {
    const { over, running, goOn } = await oneAfterTheOther({ onStart: (exchange) => exchange.abort(givenUp) })
    expect(await over.outcome()).toBe(givenUp)
    over.exchange.abort(new Error('again'))
    over.exchange.pause()
    running.exchange.pause()
    over.exchange.resume()
    goOn()
    await sleep(50)
    expect(running.isOver).toBe(false)
    running.exchange.resume()
    await expect(running.outcome()).resolves.toBe('1234')
    expect(over.told).toEqual(['onStart', 'onError'])
  })

  it.each(['onStart', 'onHead', 'onData', 'onEnd'] as const)(
    'that was paused in %s leaves the next one running',
    async (told) => {
      const react = (exchange: Exchange) => {
        exchange.pause()
        if (told === 'onStart') exchange.abort(givenUp)
      }
      const { running, goOn } = await oneAfterTheOther({ [told]: react })
      goOn()
      await expect(running.outcome()).resolves.toBe('1234')
    },
  )

  it.each(['onInformation', 'onHead', 'onData'] as const)(
    'that is aborted in %s fails with that error, and its connection ends',
    async (told) => {
      target.onPiece = ({ socket }) => void socket.write(`HTTP/1.1 103 x\r\n\r\n${answer('whole')}`)
      const pool = target.pool()
      const call = HeldCall.send(pool, '/a', { [told]: (exchange: Exchange) => exchange.abort(givenUp) })
      const next = HeldCall.send(pool, '/b')
      await expect(call.outcome()).resolves.toBe(givenUp)
      await expect(next.outcome()).resolves.toBe('whole')
      expect(call.told.filter((each) => each === 'onEnd' || each === 'onError')).toEqual(['onError'])
      expect(call.told.at(-1)).toBe('onError')
      expect(target.paths).toEqual([['/a'], ['/b']])
    },
  )

  it('that is aborted twice fails with the first error', async () => {
    target.onPiece = () => {}
    const call = HeldCall.send(target.pool(), '/a')
    await until(() => target.paths[0]?.length === 1)
    call.exchange.abort(givenUp)
    call.exchange.abort(new Error('again'))
    await expect(call.outcome()).resolves.toBe(givenUp)
  })

  it('that is aborted before it has its connection leaves that for the next one', async () => {
    const pool = target.pool()
    const call = HeldCall.send(pool, '/a', { onStart: (exchange) => exchange.abort(givenUp) })
    const next = get(pool, '/b')
    await expect(call.outcome()).resolves.toBe(givenUp)
    await expect(next).resolves.toEqual({ status: 200, body: '/b' })
    expect(target.paths).toEqual([['/b']])
  })

  it('that is aborted before the end of its turn sends nothing, and its connection takes the next', async () => {
    const pool = target.pool()
    await get(pool, '/a')
    const call = HeldCall.send(pool, '/b')
    call.exchange.abort(givenUp)
    await expect(call.outcome()).resolves.toBe(givenUp)
    await expect(get(pool, '/c')).resolves.toMatchObject({ body: '/c' })
    expect(target.paths).toEqual([['/a', '/c']])
  })

  it.each([
    ['a header that cannot be sent', { headers: ['A', 'b\r\nX: y'] }],
    ['a path that cannot be sent', { path: '/a b' }],
  ])('with %s fails, and its connection can be used', async (_what, request) => {
    const pool = target.pool()
    const onNew = HeldCall.send(pool, '/', {}, request)
    await expect(onNew.outcome()).resolves.toBeInstanceOf(TypeError)
    await get(pool, '/a')
    const onKept = HeldCall.send(pool, '/', {}, request)
    await expect(onKept.outcome()).resolves.toBeInstanceOf(TypeError)
    await expect(get(pool, '/b')).resolves.toEqual({ status: 200, body: '/b' })
    expect(target.paths).toEqual([['/a', '/b']])
  })
})
