import { setTimeout } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { answerOf, describeRedis, type Instance, nowSeconds, redisHere } from './redis-here.ts'

const deadlineMs = 2_500
const unavailable = { code: 'COORDINATION_UNAVAILABLE', retryAfterSeconds: 1 }

let nonces = 0
const claimAt = async ({ nonces: store }: Instance) =>
  store.claim({ appKey: 'tenant.key', nonce: `late-${nonces++}`, timestamp: nowSeconds() + 60 })
const claimsAt = (instance: Instance, count: number) => Array.from({ length: count }, () => claimAt(instance))

const refused = (claims: readonly Promise<unknown>[]) =>
  Promise.all(claims.map((claim) => expect(claim).rejects.toMatchObject(unavailable)))

describeRedis('a Redis whose replies are late', () => {
  const redis = redisHere()

  it('fails those calls alone, however many wait at once: later ones on the same connection are answered', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url], deadlineMs })
    const verdicts: string[] = []
    for (let stall = 0; stall < 3; stall++) {
      server.pause()
      const late = refused(claimsAt(instance, 10))
      await setTimeout(0.9 * deadlineMs)
      const later = Promise.allSettled(claimsAt(instance, 20))
      await late
      server.resume()
      for (const settled of await later) {
        verdicts.push(settled.status === 'fulfilled' ? settled.value : settled.reason.code)
      }
    }
    expect(verdicts).toEqual(Array.from({ length: 60 }, () => 'fresh'))
    const types = instance.events
      .map(({ type }) => type)
      .filter((type) => type !== 'redis-memory' && type !== 'redis-clock')
    expect(types.filter((type) => type === 'nonce-refused')).toHaveLength(30)
    expect(new Set(types)).toEqual(new Set(['redis-up', 'redis-late', 'nonce-refused']))
  })

  it('tells how long each command took, and how it failed', async () => {
    const server = await redis.start()
    const told: [number | undefined, string | undefined][] = []
    const instance = await redis.open({
      urls: [server.url],
      deadlineMs: 500,
      onCommand: (...command) => void told.push(command),
    })
    // No claim: after a second it would be followed by a command that nobody asked for.
    await answerOf(() => {
      told.length = 0
      return instance.leases.acquire('one', 1_000)
    })
    server.pause()
    await refused([instance.leases.acquire('other', 1_000)])
    server.resume()
    instance.close()
    await refused([instance.leases.acquire('other', 1_000)])
    expect(told).toEqual([
      [expect.any(Number), undefined],
      [expect.any(Number), 'TIMEOUT'],
      [undefined, 'down'],
    ])
  })

  it('is given up if it does not answer within two more deadlines either: from then on no call waits', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url], deadlineMs: 500 })
    await answerOf(() => instance.leases.acquire('one', 1_000))
    const ups = instance.events.filter(({ type }) => type === 'redis-up').length
    server.pause()
    await refused(claimsAt(instance, 5))
    expect(instance.state()).toMatchObject({ redis: 'up' })
    // Without another command.
    await instance.told('redis-down')
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'TIMEOUT' })
    const late = instance.events.filter(({ type }) => type === 'redis-late').length
    await refused(claimsAt(instance, 5))
    expect(instance.events.filter(({ type }) => type === 'redis-late')).toHaveLength(late)
    server.resume()
    await instance.told('redis-up', ups + 1)
    expect(await answerOf(() => claimAt(instance))).toBe('fresh')
  })
})
