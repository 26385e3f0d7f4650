import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '@mtls-gateway/test-kit'
import { get } from '../support/outbound-fixture.ts'
import { HeldCall, type Reactions } from './held-call.ts'
import { RawTarget, until } from './raw-target.ts'

describe('a body that is not sent', () => {
  let target: RawTarget
  const ended = new Error('ended')

  beforeAll(async () => {
    target = await RawTarget.start()
  })
  afterEach(() => target.reset())
  afterAll(() => target.close())

  const endless = () => new Readable({ read() {} })
  const request = (body: Readable, more: object = {}) => ({ method: 'POST', body, ...more })
  const giveUp: Reactions = { onStart: (exchange) => exchange.abort(ended) }

  it.each([
    ['its call is given up', giveUp, {}],
    ['its request cannot be sent', {}, { path: 'no path' }],
    ['its length is none', {}, { headers: ['Content-Length', 'x'] }],
  ])('is destroyed where %s, and the connection can be used', async (_why, reactions, more) => {
    const pool = target.pool()
    const body = endless()
    const call = HeldCall.send(pool, '/', reactions, request(body, more))
    await expect(call.outcome()).resolves.toHaveProperty('message')
    expect(body.destroyed).toBe(true)
    await expect(get(pool, '/b')).resolves.toMatchObject({ body: '/b' })
    expect(target.paths).toEqual([['/b']])
  })

  it('is destroyed where there is no connection for it', async () => {
    const port = await freePort()
    const pool = target.pool({}, (hostname, _port, done) => target.connect(hostname, port, done))
    const body = endless()
    const call = HeldCall.send(pool, '/', {}, request(body))
    await expect(call.outcome()).resolves.toMatchObject({ code: 'ECONNREFUSED' })
    expect(body.destroyed).toBe(true)
  })

  it('is destroyed where its pool is destroyed, or closed already', async () => {
    const pool = target.pool()
    const [waiting, late] = [endless(), endless()]
    HeldCall.send(pool, '/', {}, request(waiting))
    await pool.destroy(ended)
    HeldCall.send(pool, '/', {}, request(late))
    expect([waiting.destroyed, late.destroyed]).toEqual([true, true])
  })

  it.each([
    ['an error', ended],
    ['no error', undefined],
  ])(
    'fails its call where it was destroyed with %s while it waited, and the connection can be used',
    async (_how, error) => {
      const pool = target.pool()
      const first = get(pool, '/a')
      const body = endless().on('error', () => {})
      const call = HeldCall.send(pool, '/', {}, request(body))
      body.destroy(error)
      await first
      await until(() => call.isOver)
      await expect(call.outcome()).resolves.toMatchObject(error ?? { name: 'TypeError' })
      await expect(get(pool, '/b')).resolves.toMatchObject({ body: '/b' })
      expect(target.paths).toEqual([['/a', '/b']])
    },
  )

  it('ends the connection where it can not even be listened to, as its head has been written', async () => {
    class Deaf extends Readable {
      override on(): never {
        throw ended
      }
    }
    const pool = target.pool()
    await get(pool, '/a')
    const call = HeldCall.send(pool, '/', {}, request(new Deaf()))
    await expect(call.outcome()).resolves.toBe(ended)
    await expect(get(pool, '/b')).resolves.toMatchObject({ body: '/b' })
    expect(target.paths.at(-1)).toEqual(['/b'])
    expect(target.sides).toHaveLength(2)
  })
})
