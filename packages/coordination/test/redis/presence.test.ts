import { setTimeout } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import type { RedisServer } from '@mtls-gateway/test-kit'
import { describeRedis, redisHere } from './redis-here.ts'

const forwarder = { instance: 'one', service: 'forwarder-api', startedAt: '2026-01-01T00:00:00.000Z' }
const accounts = Array.from({ length: 10_000 }, (_, index) => parseAccountId(`tenant-${index}`))
const [account = parseAccountId('tenant')] = accounts
const unavailable = { code: 'COORDINATION_UNAVAILABLE' }

/** As if Redis had started long ago. */
async function age(server: RedisServer): Promise<void> {
  await server.command('SET', 'mtls:{presence}:epoch', '1000')
}

function all(revision: number): Map<AccountId, number> {
  return new Map(accounts.map((each) => [each, revision]))
}

describeRedis('presence over Redis', () => {
  const redis = redisHere()

  it('sends and changes no more than what differs', async () => {
    const server = await redis.start()
    const announcer = (await redis.open({ urls: [server.url] })).presence.announcer(forwarder)
    const revisions = all(1)
    await announcer.announce(revisions)
    const before = await received(server)
    await announcer.announce(revisions)
    revisions.set(account, 2)
    await announcer.announce(revisions)
    // Two scripts by their hash, and this question.
    expect((await received(server)) - before).toBeLessThan(2_000)
  })

  it('leaves nothing behind but its epoch when nobody announces any more', async () => {
    const server = await redis.start()
    const announcer = (await redis.open({ urls: [server.url] })).presence.announcer(forwarder)
    await announcer.announce(new Map([[account, 1]]))
    await announcer.announce(new Map([[account, 2]]))
    const keys = (await server.command('--scan', '--pattern', '*{presence}*')).split('\n').sort()
    expect(keys).toEqual(['mtls:{presence}:epoch', 'mtls:{presence}:live', 'mtls:{presence}:of:one'])
    for (const key of keys.slice(1)) {
      const ttl = Number(await server.command('PTTL', key))
      expect(ttl).toBeGreaterThan(0)
      expect(ttl).toBeLessThanOrEqual(5_000)
    }
  })

  it('is whole again after the next announcement when Redis was emptied', async () => {
    const server = await redis.start()
    const { presence } = await redis.open({ urls: [server.url] })
    const announcer = presence.announcer(forwarder)
    await announcer.announce(all(1))
    await server.command('FLUSHALL')
    await announcer.announce(all(1).set(account, 2))
    await age(server)
    expect(await presence.ofAccount(account)).toEqual([{ ...forwarder, revision: 2, since: expect.any(Number) }])
    expect(await presence.ofAccount(parseAccountId('tenant-9999'))).toEqual([
      { ...forwarder, revision: 1, since: expect.any(Number) },
    ])
  })

  it('is whole again when Redis has gone back to an earlier announcement', async () => {
    const server = await redis.start()
    const { presence } = await redis.open({ urls: [server.url] })
    const announcer = presence.announcer(forwarder)
    const other = parseAccountId('other')
    await announcer.announce(new Map([[account, 1]]))
    await server.command('COPY', 'mtls:{presence}:of:one', 'earlier')
    await announcer.announce(
      new Map([
        [account, 1],
        [other, 5],
      ]),
    )
    await server.command('RENAME', 'earlier', 'mtls:{presence}:of:one')
    await announcer.announce(
      new Map([
        [account, 2],
        [other, 5],
      ]),
    )
    await age(server)
    expect(await presence.ofAccount(other)).toEqual([{ ...forwarder, revision: 5, since: expect.any(Number) }])
    expect(await presence.ofAccount(account)).toEqual([{ ...forwarder, revision: 2, since: expect.any(Number) }])
  })

  it('can not be read for 5 s after Redis was started again, by any instance; then it is whole', async () => {
    const server = await redis.start()
    const [one, reader] = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })]
    const announcer = one.presence.announcer(forwarder)
    await age(server)
    await announcer.announce(new Map([[account, 1]]))
    expect(await reader.presence.ofAccount(account)).toMatchObject([forwarder])

    await server.kill()
    await Promise.all([one.told('redis-down'), reader.told('redis-down')])
    await expect(announcer.announce(new Map([[account, 2]]))).rejects.toMatchObject(unavailable)
    await expect(reader.presence.ofAccount(account)).rejects.toMatchObject(unavailable)
    await server.restart()
    const restarted = performance.now()
    await Promise.all([one.told('redis-up', 2), reader.told('redis-up', 2)])
    const rejected = await reader.presence.ofAccount(account).catch((error: unknown) => error)
    expect(rejected).toMatchObject({ ...unavailable, retryAfterSeconds: expect.any(Number) })
    for (;;) {
      await announcer.announce(new Map([[account, 2]]))
      const served = await reader.presence.ofAccount(account).catch(() => undefined)
      if (served) expect(served).toEqual([{ ...forwarder, revision: 2, since: expect.any(Number) }])
      if (served) break
      await setTimeout(50)
    }
    // Until each had the time to announce itself; the epoch is that of the first connection after the start.
    expect(performance.now() - restarted).toBeGreaterThanOrEqual(4_990)
  })

  async function received(server: RedisServer): Promise<number> {
    return Number(/total_net_input_bytes:(\d+)/.exec(await server.command('INFO', 'stats'))?.[1])
  }
})
