import { describe, expect, it } from '@jest/globals'
import type { RedisServer } from '@mtls-gateway/test-kit'
import fc from 'fast-check'
import type { NonceClaim } from '../../src/port.ts'
import { connector } from '../../src/redis/connection/connect.ts'
import type { CommandSender } from '../../src/redis/connection/redis-client.ts'
import { RedisLink } from '../../src/redis/connection/redis-link.ts'
import { RedisNonceStore } from '../../src/redis/nonce-store.ts'
import { describeRedis, type Instance, nowSeconds, redisHere } from './redis-here.ts'

interface Loss {
  readonly what: string
  readonly args?: readonly string[]
  before?(server: RedisServer): Promise<unknown>
  lose(server: RedisServer): Promise<unknown>
  readonly losesConnections: boolean
}

const restarted: Loss = {
  what: 'is restarted without persistence',
  lose: (server) => server.restart(),
  losesConnections: true,
}
const losses: readonly Loss[] = [
  restarted,
  {
    what: 'is restarted with a snapshot of before',
    args: ['--save', '3600 1'],
    before: (server) => server.command('SAVE'),
    lose: (server) => server.restart(),
    losesConnections: true,
  },
  { what: 'is flushed', lose: (server) => server.flush(), losesConnections: false },
  {
    what: 'is flushed with its scripts',
    lose: async (server) => {
      await server.command('SCRIPT', 'FLUSH')
      await server.flush()
    },
    losesConnections: false,
  },
]

const beforeKey = 'mtls:nonce:{0}:before'

/** Claims of callers whose clocks are anywhere in the window. */
const someClaims = (): NonceClaim[] => {
  const now = nowSeconds()
  const claim = fc.record({
    appKey: fc.constantFrom('a.1', 'a.2', 'b.1', 'c.1'),
    nonce: fc.uuid(),
    timestamp: fc.integer({ min: now - 300, max: now + 299 }),
  })
  return fc.sample(claim, 200)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describeRedis('a Redis that loses its nonces', () => {
  const redis = redisHere()

  /** Two instances that have each accepted half of the claims. Resolves when both have noticed the loss. */
  async function afterLoss({ args, before, lose, losesConnections }: Loss, claims: readonly NonceClaim[]) {
    const server = await redis.start(args && { args })
    const instances = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })] as const
    // As if it had been running for long: every timestamp is accepted.
    await server.command('SET', 'mtls:nonce:{0}:epoch', '1000')
    await before?.(server)
    for (const [index, claim] of claims.entries()) {
      expect(await instances[index % 2 === 0 ? 0 : 1].nonces.claim(claim)).toBe('fresh')
    }
    await lose(server)
    if (losesConnections) await Promise.all(instances.map((instance) => instance.told('redis-up', 2)))
    return { server, instances }
  }

  const verdictsOf = async ([one, other]: readonly [Instance, Instance], claims: readonly NonceClaim[]) => {
    const verdicts: string[] = []
    for (const claim of claims) {
      verdicts.push(await other.nonces.claim(claim), await one.nonces.claim(claim))
    }
    return verdicts
  }

  describe.each(losses)('because it $what', (loss) => {
    it('takes none of them again, at whichever instance, however far ahead their timestamps were', async () => {
      const claims = someClaims()
      const { server, instances } = await afterLoss(loss, claims)
      const newest = new Map<string, number>()
      for (const { appKey, timestamp } of claims) {
        newest.set(appKey, Math.max(timestamp, newest.get(appKey) ?? 0))
      }
      const isTold = async () => {
        const [known, expected] = [await server.command('HGETALL', beforeKey), [...newest.values()]]
        return expected.every((timestamp) => known.includes(String(timestamp)))
      }
      await until(isTold)
      expect(new Set(await verdictsOf(instances, claims))).toEqual(new Set(['before-start']))
    })

    it('is told by an instance that has nothing more to claim', async () => {
      const { server, instances } = await afterLoss(loss, [
        { appKey: 'a.1', nonce: 'n', timestamp: nowSeconds() + 200 },
      ])
      await until(async () => (await server.command('EXISTS', beforeKey)) === '1')
      const again = { appKey: 'a.1', nonce: 'n', timestamp: nowSeconds() + 100 }
      expect(await instances[1].nonces.claim(again)).toBe('before-start')
    })

    it('refuses nothing that is signed after it: neither of exact clocks, nor of those ahead', async () => {
      const ahead = { appKey: 'ahead.1', nonce: 'n', timestamp: nowSeconds() + 250 }
      const { server, instances } = await afterLoss(loss, [ahead])
      const [one, other] = instances
      await one.nonces.claim({ appKey: 'ahead.1', nonce: 'x', timestamp: 0 })
      const epoch = Math.floor(Number(await server.command('GET', 'mtls:nonce:{0}:epoch')))
      const exact = { appKey: 'exact.1', nonce: 'n', timestamp: epoch + 1 }
      expect(await other.nonces.claim(exact)).toBe('fresh')
      expect(await one.nonces.claim(exact)).toBe('replayed')
      const later = { ...ahead, timestamp: ahead.timestamp + 1 }
      expect(await other.nonces.claim(later)).toBe('fresh')
      expect(await one.nonces.claim(later)).toBe('replayed')
      // Also in the same second: only claims from before the loss count.
      expect(await one.nonces.claim({ ...later, nonce: 'another' })).toBe('fresh')
    })
  })

  it('is told once more when it loses them a second time', async () => {
    const ahead = { appKey: 'a.1', nonce: 'n', timestamp: nowSeconds() + 250 }
    const { server, instances } = await afterLoss(restarted, [ahead])
    await server.restart()
    await Promise.all(instances.map((instance) => instance.told('redis-up', 3)))
    expect(await verdictsOf(instances, [ahead])).toEqual(['before-start', 'before-start'])
  })

  it('is told of 10,000 app keys ahead of the clock, and of one timestamp for all further ones', async () => {
    const timestamp = nowSeconds() + 250
    const claims = Array.from({ length: 10_100 }, (_, index) => ({ appKey: `key.${index}`, nonce: 'n', timestamp }))
    const server = await redis.start()
    const instance = await redis.open({ urls: [server.url], deadlineMs: 30_000 })
    for (let at = 0; at < claims.length; at += 500) {
      await Promise.all(claims.slice(at, at + 500).map((claim) => instance.nonces.claim(claim)))
    }
    await server.restart()
    await instance.told('redis-up', 2)
    expect(await server.command('HLEN', beforeKey)).toBe('10001')
    const further = { appKey: 'further', nonce: 'n', timestamp }
    expect(await instance.nonces.claim(further)).toBe('before-start')
    expect(await instance.nonces.claim({ ...further, timestamp: timestamp + 1 })).toBe('fresh')
  })

  it('knows everything after several attempts of which none lasts long enough', async () => {
    const server = await redis.start()
    const connect = await connector({ urls: [server.url] })
    const [link, again] = [
      new RedisLink({ connect, deadlineMs: 30_000 }),
      new RedisLink({ connect, deadlineMs: 30_000 }),
    ]
    const nonces = new RedisNonceStore({ link, shards: 64, onOutage: 'refuse', onEvent: () => undefined })
    try {
      await Promise.all([link.start(), again.start()])
      const timestamp = nowSeconds() + 250
      const claims = Array.from({ length: 2_000 }, (_, index) => ({ appKey: `key.${index}`, nonce: 'n', timestamp }))
      await Promise.all(claims.map((claim) => nonces.claim(claim)))
      // It does not look by itself whether Redis still has them.
      link.close()
      await server.command('SCRIPT', 'FLUSH')
      await server.flush()
      const attempt = async (): Promise<boolean> => {
        let commands = 0
        const send: CommandSender['send'] = (key, words) =>
          ++commands > 150 ? Promise.reject(new Error('the attempt has ended')) : again.send(key, words)
        return nonces.begin({ send }).then(
          () => true,
          () => false,
        )
      }
      expect(await attempt()).toBe(false)
      for (let attempts = 1; !(await attempt()); attempts++) expect(attempts).toBeLessThan(10)
      const known = [0, 63].map((shard) => server.command('HLEN', `mtls:nonce:{${shard}}:before`))
      expect(await Promise.all(known)).toEqual(['2000', '2000'])
    } finally {
      link.close()
      again.close()
    }
  })
})
