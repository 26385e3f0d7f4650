import { expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { NonceClaim } from '../../src/port.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { answerOf, describeRedis, nowSeconds, redisHere } from './redis-here.ts'

let nonces = 0
/** Each has its own app key: if its clock is ahead, an emptied Redis accepts none of its nonces in that second. */
const someClaim = (): NonceClaim => ({
  appKey: `tenant.key-${nonces}`,
  nonce: `nonce-${nonces++}`,
  timestamp: nowSeconds() + 60,
})
const tenant = parseAccountId('tenant')
const unavailable = { code: 'COORDINATION_UNAVAILABLE', retryAfterSeconds: 1 }

describeRedis('while Redis hangs', () => {
  const redis = redisHere()

  it('requests are counted locally, nonces refused within the deadline, and after three of these none waits', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url], deadlineMs: 1_000 })
    const counter = instance.rateCounter({ name: 'x', perSecond: 3 })
    expect(await instance.leases.acquire('one', 60_000)).toBeDefined()
    server.pause()
    const start = performance.now()
    // All at once: claims that find the connection up wait, but no longer than the deadline.
    const { leases, presence, usage } = instance
    const refused = Promise.all(
      [
        instance.nonces.claim(someClaim()),
        leases.acquire('other', 1_000),
        presence.live(),
        presence.ofAccount(tenant),
        usage.record([{ account: tenant, subject: 's', calls: 1, at: 1 }]),
        usage.of(tenant),
      ].map((answer) => expect(answer).rejects.toMatchObject(unavailable)),
    )
    const decisions = await Promise.all(Array.from({ length: 5 }, () => counter.admit('a')))
    await refused
    expect(decisions.map(({ admitted }) => admitted)).toEqual([true, true, true, false, false])
    // The deadline itself, plus what a machine adds that stands still now and then.
    expect(performance.now() - start).toBeLessThan(10_000)
    let more = 0
    for (; instance.state().redis === 'up'; more++) {
      await expect(instance.nonces.claim(someClaim())).rejects.toMatchObject(unavailable)
    }
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'TIMEOUT' })

    // Decided within one turn of the event loop.
    expect(counter.admit('b')).toEqual({ admitted: true, retryAfterMs: 0 })
    await expect(instance.nonces.claim(someClaim())).rejects.toMatchObject(unavailable)
    await expect(instance.leases.acquire('other', 1_000)).rejects.toMatchObject(unavailable)
    await expect(instance.check()).rejects.toMatchObject(unavailable)
    expect(instance.events.filter(({ type }) => type === 'rate-local')).toHaveLength(6)
    expect(instance.events.filter(({ type }) => type === 'nonce-refused')).toHaveLength(2 + more)

    server.resume()
    await instance.told('redis-up', 2)
    expect(await answerOf(() => instance.nonces.claim(someClaim()))).toBe('fresh')
    expect(counter.admit('c')).toBeInstanceOf(Promise)
    expect(await answerOf(() => instance.leases.acquire('one', 1_000))).toBeUndefined()
    expect(instance.state()).toMatchObject({ redis: 'up' })
  })

  it('an instance starts all the same, and recovers', async () => {
    const server = await redis.start()
    server.pause()
    const instance = await redis.open({ urls: [server.url], deadlineMs: 500 })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'TIMEOUT' })
    expect(instance.rateCounter({ name: 'x', perSecond: 1 }).admit('a')).toEqual({ admitted: true, retryAfterMs: 0 })
    server.resume()
    await instance.told('redis-up')
    expect(await answerOf(() => instance.nonces.claim(someClaim()))).toBe('fresh')
  })
})

describeRedis('when Redis was killed', () => {
  const redis = redisHere()

  it('the instance knows at once, and recovers by itself from each of several restarts', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    for (let round = 1; round <= 3; round++) {
      await server.kill()
      await instance.told('redis-down', round)
      await expect(instance.nonces.claim(someClaim())).rejects.toMatchObject(unavailable)
      await server.restart()
      await instance.told('redis-up', round + 1)
      expect(await instance.nonces.claim(someClaim())).toBe('fresh')
    }
  })

  it('an instance starts all the same, and so does a follower: it hears of a gap and of all that follows it', async () => {
    const server = await redis.start()
    await server.kill()
    const instance = await redis.open({ urls: [server.url] })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'ECONNREFUSED' })
    const listener = new RecordingListener()
    await instance.changeFeed.follow(listener)
    const notice = { account: tenant, revision: 1, revoked: [] }
    await expect(instance.changeFeed.append(notice)).rejects.toMatchObject(unavailable)
    await server.restart()
    await instance.told('redis-up')
    await listener.until(() => listener.gaps === 1)
    await instance.changeFeed.append(notice)
    await listener.until(() => listener.heard.length === 2)
    expect(listener.heard).toEqual(['gap', notice])
  })

  it('nonces are taken on the word of this instance alone if so configured', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url], nonceOnOutage: 'local' })
    const [before, during] = [someClaim(), someClaim()]
    expect(await instance.nonces.claim(before)).toBe('fresh')
    await server.kill()
    await instance.told('redis-down')
    expect(await instance.nonces.claim(before)).toBe('replayed')
    expect(await instance.nonces.claim(during)).toBe('fresh')
    expect(await instance.nonces.claim(during)).toBe('replayed')
    expect(instance.events.filter(({ type }) => type === 'nonce-local')).toHaveLength(1)
    await server.restart()
    await instance.told('redis-up', 2)
    expect(await instance.nonces.claim(during)).toBe('replayed')
    await instance.close()
    await expect(instance.nonces.claim(someClaim())).rejects.toMatchObject(unavailable)
  })
})

describeRedis('a Redis that answers but can not be used', () => {
  const redis = redisHere()

  it('counts as down while it takes no writes', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    // A replica of nothing, as a failover turns the old master into one.
    await server.command('REPLICAOF', '127.0.0.1', '1')
    await expect(instance.nonces.claim(someClaim())).rejects.toMatchObject(unavailable)
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'READONLY' })
    await server.command('REPLICAOF', 'NO', 'ONE')
    await instance.told('redis-up', 2)
    expect(await instance.nonces.claim(someClaim())).toBe('fresh')
  })

  it('counts as down while its memory is full', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    await expect(instance.check()).rejects.toMatchObject(unavailable)
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'OOM' })
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    await instance.told('redis-up', 2)
  })
})
