import { expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { describeRedis, redisHere } from './redis-here.ts'

const ninetyDaysMs = 90 * 86_400_000

describeRedis('usage over Redis', () => {
  const redis = redisHere()

  it('is gone 90 days after the last call of an account', async () => {
    const server = await redis.start()
    const { usage } = await redis.open({ urls: [server.url] })
    await usage.record([{ account: parseAccountId('tenant'), subject: 'a', calls: 1, at: Date.now() }])
    const keys = (await server.command('--scan', '--pattern', '*usage*')).split('\n')
    expect(keys.sort()).toEqual(['mtls:usage:{tenant}:calls', 'mtls:usage:{tenant}:last'])
    for (const key of keys) {
      const ttl = Number(await server.command('PTTL', key))
      expect(ttl).toBeGreaterThan(ninetyDaysMs - 60_000)
      expect(ttl).toBeLessThanOrEqual(ninetyDaysMs)
    }
  })

  it('can be recorded again after an outage, and keeps what was recorded before', async () => {
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url] })
    const entry = { account: parseAccountId('tenant'), subject: 'a', calls: 1, at: Date.now() }
    await instance.usage.record([entry])
    // Loses the connection, but not Redis' data.
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal')
    await instance.told('redis-up', 2)
    await instance.usage.record([entry])
    expect((await instance.usage.of(entry.account)).get('a')?.calls).toBe(2)
  })
})
