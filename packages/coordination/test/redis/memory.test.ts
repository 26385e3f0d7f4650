import { expect, it } from '@jest/globals'
import { parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import type { RedisEvent } from '../../src/redis/connection/options.ts'
import { describeRedis, nowSeconds, redisHere } from './redis-here.ts'

describeRedis('the memory of Redis', () => {
  const redis = redisHere()

  it('is reported with its limit, its policy and what was evicted, again and again', async () => {
    const limit = 20 * 2 ** 20
    const server = await redis.start({ args: ['--save', '', '--maxmemory', String(limit)] })
    const instance = await redis.open({ urls: [server.url], memoryCheckMs: 20 })
    const first = await instance.told('redis-memory')
    expect(first).toMatchObject({ maxBytes: limit, policy: 'noeviction', evictedKeys: 0 })
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await server.command('EVAL', "for n = 1, 40 do redis.call('SET', 'big' .. n, string.rep('x', 1000000)) end", '0')
    const reports = (): Extract<RedisEvent, { type: 'redis-memory' }>[] =>
      instance.events.filter((event) => event.type === 'redis-memory')
    const isEvicting = () => reports().some(({ policy, evictedKeys }) => policy === 'allkeys-lru' && evictedKeys > 0)
    while (!isEvicting()) await instance.told('redis-memory', reports().length + 1)
    expect(reports().at(-1)?.usedBytes).toBeGreaterThan(limit / 2)
    expect(instance.state().redis).toBe('up')
  })

  it('is reported with how far its clock is ahead, also to a user without the right to know more', async () => {
    const server = await redis.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>secret', '+@all', '-info', '~*')
    const instance = await redis.open({ urls: [server.url.replace('//', '//gateway:secret@')], memoryCheckMs: 10 })
    const told = await instance.told('redis-clock', 3)
    // It is the same clock.
    expect(told.type === 'redis-clock' && Math.round(told.aheadMs / 10_000)).toBeCloseTo(0)
  })

  it('is left to nonces where it gets short: neither calls nor outcomes of mappings are recorded then', async () => {
    const server = await redis.start({ args: ['--save', '', '--maxmemory', String(40 * 2 ** 20)] })
    const instance = await redis.open({ urls: [server.url], memoryCheckMs: 20 })
    const account = parseAccountId('tenant')
    const call = { outcome: 'failed', at: Date.now(), requestId: 'r', method: 'GET', ms: 1 } as const
    const record = () => instance.calls.record([{ account, call: { ...call, caller: 'c', clientAddress: '::1' } }])
    const mappingId = parseMappingId(7)
    if (mappingId === undefined) throw new RangeError()
    const tell = () =>
      instance.outcomes.record([{ account, mappingId, failure: { at: Date.now() }, failuresInARow: 1 }])
    await Promise.all([record(), tell()])
    await server.command('EVAL', "for n = 1, 34 do redis.call('SET', 'big' .. n, string.rep('x', 1000000)) end", '0')
    await instance.told('redis-memory', instance.events.filter(({ type }) => type === 'redis-memory').length + 2)
    for (const write of [record, tell]) {
      await expect(write()).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    }
    const claim = { appKey: 'tenant.key', nonce: 'n', timestamp: nowSeconds() + 60 }
    expect(await instance.nonces.claim(claim)).toBe('fresh')
    expect(await instance.calls.of(account, { limit: 10 })).toHaveLength(1)
    expect((await instance.outcomes.of(account, [mappingId])).get(mappingId)?.failuresInARow).toBe(1)
  })

  it('stays unknown to a user without the right, who is not refused twice on one connection', async () => {
    const server = await redis.start()
    await server.command('ACL', 'SETUSER', 'gateway', 'on', '>secret', '+@all', '-info', '~*')
    const url = server.url.replace('//', '//gateway:secret@')
    const instance = await redis.open({ urls: [url], memoryCheckMs: 10 })
    expect(await instance.told('redis-memory-unknown')).toMatchObject({ reason: 'NOPERM' })
    const other = await redis.open({ urls: [server.url], memoryCheckMs: 10 })
    await other.told('redis-memory', 5)
    expect(instance.events.filter(({ type }) => type === 'redis-memory-unknown')).toHaveLength(1)
    expect(instance.state().redis).toBe('up')
  })
})
