import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { RedisServer } from '@mtls-gateway/test-kit'
import type { Presence } from '../../src/port.ts'
import { describeRedis, redisHere } from './redis-here.ts'

const forwarder = { instance: 'one', service: 'forwarder-api', startedAt: '2026-01-01T00:00:00.000Z' }
const account = parseAccountId('tenant')
const unavailable = { code: 'COORDINATION_UNAVAILABLE' }

/** As if Redis had started long ago. */
async function age(server: RedisServer): Promise<void> {
  await server.command('SET', 'mtls:{presence}:since', '1000')
}

describeRedis('presence over Redis', () => {
  const joined: { leave(): Promise<void> }[] = []
  afterEach(() => Promise.all(joined.splice(0).map((membership) => membership.leave())))
  const redis = redisHere()

  function join(presence: Presence, failures: unknown[] = []): void {
    const served = () => ({ revision: 2, since: 1 })
    joined.push(presence.join(forwarder, { epoch: () => 'e', served, onFailed: (error) => void failures.push(error) }))
  }

  it('leaves nothing behind but the time since which it is known when nobody shows itself any more', async () => {
    const server = await redis.start()
    const { presence } = await redis.open({ urls: [server.url] })
    await age(server)
    join(presence)
    await presence.ofAccount(account)
    const keys = async () => (await server.command('--scan', '--pattern', '*{presence}*')).split('\n').sort()
    expect(await keys()).toContain('mtls:{presence}:instances')
    await Promise.all(joined.splice(0).map((membership) => membership.leave()))
    while ((await keys()).length > 2) await setTimeout(50)
    expect(await keys()).toEqual(['mtls:{presence}:epoch', 'mtls:{presence}:since'])
  })

  it('does not take itself for whole for 5 s after it has met what the clock, set back, has yet to reach', async () => {
    const server = await redis.start()
    const { presence } = await redis.open({ urls: [server.url] })
    await age(server)
    const text = JSON.stringify({ ...forwarder, epoch: 'e' })
    const shownAt = Date.now() + 3_600_000
    await server.command('HSET', 'mtls:{presence}:instances', 'one', `${shownAt} ${shownAt + 5_000} ${text}`)
    const start = performance.now()
    await expect(presence.live()).rejects.toMatchObject(unavailable)
    await expect(presence.live()).rejects.toMatchObject(unavailable)
    const live = () => presence.live().catch(() => undefined)
    while ((await live()) === undefined) await setTimeout(50)
    expect(performance.now() - start).toBeGreaterThanOrEqual(4_900)
    expect(await live()).toEqual([])
  })

  it('can not be read for 5 s after Redis was emptied or started again, by any instance; then it is whole', async () => {
    const server = await redis.start()
    const [one, reader] = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })]
    const failures: unknown[] = []
    join(one.presence, failures)
    await age(server)
    expect(await reader.presence.ofAccount(account)).toMatchObject([{ ...forwarder, revision: 2 }])
    await server.command('FLUSHALL')
    await expect(reader.presence.live()).rejects.toMatchObject(unavailable)
    await age(server)

    await server.kill()
    await Promise.all([one.told('redis-down'), reader.told('redis-down')])
    await expect(reader.presence.ofAccount(account)).rejects.toMatchObject(unavailable)
    while (failures.length === 0) await setTimeout(20)
    await server.restart()
    const restarted = performance.now()
    await Promise.all([one.told('redis-up', 2), reader.told('redis-up', 2)])
    const rejected = await reader.presence.ofAccount(account).catch((error: unknown) => error)
    expect(rejected).toMatchObject({ ...unavailable, retryAfterSeconds: expect.any(Number) })
    for (;;) {
      const served = await reader.presence.ofAccount(account).catch(() => undefined)
      if (served) expect(served).toEqual([{ ...forwarder, epoch: 'e', hasAnswered: true, revision: 2, since: 1 }])
      if (served) break
      await setTimeout(50)
    }
    // Until each had the time to show itself again, from the first connection after the start on.
    expect(performance.now() - restarted).toBeGreaterThanOrEqual(4_990)
    expect(failures[0]).toMatchObject(unavailable)
  })

  it('can not be read while instances of the release before run, nor by them', async () => {
    const server = await redis.start()
    const { presence } = await redis.open({ urls: [server.url] })
    await age(server)
    join(presence)
    while ((await presence.live()).length === 0) await setTimeout(20)
    expect(await presence.live()).toMatchObject([forwarder])
    // From this they conclude that instances have just begun to show themselves.
    const since = Number(await server.command('GET', 'mtls:{presence}:epoch'))
    expect(Math.abs(Date.now() - since)).toBeLessThan(60_000)
    await server.command('ZADD', 'mtls:{presence}:live', String(Date.now() + 5_000), 'earlier')
    await expect(presence.live()).rejects.toMatchObject(unavailable)
  })
})
