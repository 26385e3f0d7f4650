import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { type RedisServer, startRedisServer } from '@mtls-gateway/test-kit'
import { openRedisCoordination } from '../../src/redis/open.ts'
import { coordinationContract } from '../contract/coordination-contract.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import { answerOf, describeRedis, nowSeconds, redisHere } from './redis-here.ts'

/**
 * Three masters that share the slots, without replicas. None counts as failed because it stands still for a while: then
 * the others would answer nothing either.
 */
async function startCluster(): Promise<RedisServer[]> {
  const args = ['--save', '', '--cluster-enabled', 'yes', '--cluster-node-timeout', '60000']
  const servers = await Promise.all([1, 2, 3].map(() => startRedisServer({ args })))
  const [first] = servers
  if (!first) throw new Error('three were started')
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  await first.command('--cluster', 'create', ...addresses, '--cluster-yes')
  for (const server of servers) await untilWhole(server)
  return servers
}

async function untilWhole(server: RedisServer): Promise<void> {
  while (!(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) {
    await server.command('CLUSTER', 'COUNTKEYSINSLOT', '0')
  }
}

describeRedis('on a cluster of three', () => {
  const redis = redisHere()
  let servers: RedisServer[]
  let urls: string[]
  beforeAll(async () => {
    servers = await startCluster()
    urls = servers.map(({ url }) => url)
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  // Not about deadlines: a busy machine must not look like an outage.
  coordinationContract('redis', () => openRedisCoordination({ urls, deadlineMs: 5_000 }))

  it('two urls are enough to find the third, and keys are spread over all', async () => {
    const instance = await redis.open({ urls: urls.slice(0, 2) })
    const other = await redis.open({ urls: urls.slice(1) })
    for (let count = 0; count < 60; count++) {
      const claim = { appKey: 'tenant.key', nonce: `n-${count}`, timestamp: nowSeconds() + 60 }
      expect(await instance.nonces.claim(claim)).toBe('fresh')
      expect(await other.nonces.claim(claim)).toBe('replayed')
    }
    const counter = instance.rateCounter({ name: 'x', perSecond: 1 })
    for (let count = 0; count < 60; count++) expect((await counter.admit(`key-${count}`)).admitted).toBe(true)
    expect(instance.events.map(({ type }) => type).sort()).toEqual(['redis-clock', 'redis-memory', 'redis-up'])
    for (const server of servers) expect(await server.command('--scan', '--pattern', 'mtls:nonce:*')).not.toBe('')
  })

  it('counts as down while one node hangs, and recovers with it', async () => {
    const instance = await redis.open({ urls, deadlineMs: 1_000 })
    const listener = new RecordingListener()
    await instance.changeFeed.follow(listener)
    servers[1]?.pause()
    // The others answer in time: that this one does not is enough.
    while (instance.state().redis === 'up') {
      await expect(instance.check()).rejects.toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
    }
    servers[1]?.resume()
    await instance.told('redis-up', 2)
    const notice = { account: parseAccountId('tenant'), revision: 1, revoked: [] }
    await answerOf(() => instance.changeFeed.append(notice))
    await listener.until(() => listener.notices.length > 0)
  })

  it('the memory of the server with the least room counts, and a policy that any of them has', async () => {
    await servers[1]?.command('CONFIG', 'SET', 'maxmemory', '500mb')
    await servers[2]?.command('CONFIG', 'SET', 'maxmemory', '50mb')
    await servers[1]?.command('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl')
    const instance = await redis.open({ urls })
    expect(await instance.told('redis-memory')).toMatchObject({
      maxBytes: 50 * 2 ** 20,
      policy: 'volatile-ttl',
      evictedKeys: 0,
    })
    for (const server of servers) {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
      await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    }
  })

  it('forgets only for the node that was started again what it remembered', async () => {
    const instance = await redis.open({ urls })
    const claims = Array.from({ length: 64 }, (_, count) => ({
      appKey: 'tenant.key',
      nonce: `old-${count}`,
      timestamp: nowSeconds(),
    }))
    for (let shard = 0; shard < 64; shard++) {
      await servers[0]?.command('-c', 'SET', `mtls:nonce:{${shard}}:epoch`, '1000')
    }
    for (const claim of claims) expect(await instance.nonces.claim(claim)).toBe('fresh')
    await servers[2]?.restart()
    await instance.told('redis-up', 2)
    const verdicts = await Promise.all(claims.map((claim) => instance.nonces.claim(claim)))
    expect(new Set(verdicts)).toEqual(new Set(['replayed', 'before-start']))
  })
})
