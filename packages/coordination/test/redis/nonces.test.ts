import { expect, it } from '@jest/globals'
import { describeRedis, nowSeconds, redisHere } from './redis-here.ts'

const claimAt = (timestamp: number, nonce = 'n') => ({ appKey: 'tenant.key', nonce, timestamp })

describeRedis('nonces over Redis', () => {
  const redis = redisHere()

  it('used at one instance are refused at the other', async () => {
    const server = await redis.start()
    const [one, other] = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })]
    const claim = claimAt(nowSeconds() + 60)
    expect(await one.nonces.claim(claim)).toBe('fresh')
    expect(await other.nonces.claim(claim)).toBe('replayed')
  })

  it('are kept as hashes for 601 s', async () => {
    const server = await redis.start()
    const { nonces } = await redis.open({ urls: [server.url] })
    await nonces.claim({ appKey: 'tenant.key', nonce: 'some-nonce', timestamp: nowSeconds() + 60 })
    const keys = (await server.command('KEYS', '*')).split('\n').filter((key) => key.includes('nonce'))
    expect(keys).toHaveLength(2)
    expect(keys.join()).not.toMatch(/some-nonce|tenant/)
    const ttls = await Promise.all(keys.map(async (key) => Number(await server.command('TTL', key))))
    expect(Math.max(...ttls)).toBeGreaterThan(590)
    expect(ttls.sort((a, b) => a - b)).toEqual([-1, expect.any(Number)])
  })

  it('up to the second in which the memory of a fresh server began are before-start, later ones are not', async () => {
    const server = await redis.start()
    const { nonces } = await redis.open({ urls: [server.url] })
    const epoch = Number(await server.command('GET', 'mtls:nonce:{0}:epoch'))
    expect(await nonces.claim(claimAt(epoch))).toBe('before-start')
    expect(await nonces.claim(claimAt(epoch + 1))).toBe('fresh')
    expect(await nonces.claim(claimAt(epoch + 1))).toBe('replayed')
  })

  it('of any timestamp are taken once the memory reaches back further than the horizon', async () => {
    const server = await redis.start()
    const { nonces } = await redis.open({ urls: [server.url] })
    await server.command('SET', 'mtls:nonce:{0}:epoch', String(nowSeconds() - 602))
    expect(await nonces.claim(claimAt(nowSeconds() - 300))).toBe('fresh')
    await server.command('SET', 'mtls:nonce:{0}:epoch', String(nowSeconds() + 3_600))
    // The clock was set back by an hour: that must not refuse an hour's requests.
    expect(await nonces.claim(claimAt(nowSeconds() + 2))).toBe('fresh')
  })

  it('before a FLUSHALL are before-start for both instances, without a second one in between', async () => {
    const server = await redis.start()
    const [one, other] = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })]
    await server.command('SET', 'mtls:nonce:{0}:epoch', '1000')
    const claim = claimAt(nowSeconds())
    expect(await one.nonces.claim(claim)).toBe('fresh')
    await server.flush()
    expect(await one.nonces.claim(claim)).toBe('before-start')
    expect(await other.nonces.claim(claim)).toBe('before-start')
    expect(await other.nonces.claim(claimAt(nowSeconds() + 5))).toBe('fresh')
  })

  it('that a snapshot on the disk does not hold are before-start, though it holds an old epoch', async () => {
    const server = await redis.start({ args: ['--save', '3600 1'] })
    const [one, other] = [await redis.open({ urls: [server.url] }), await redis.open({ urls: [server.url] })]
    await server.command('SET', 'mtls:nonce:{0}:epoch', '1000')
    await server.command('SAVE')
    const claim = claimAt(nowSeconds())
    expect(await one.nonces.claim(claim)).toBe('fresh')
    await server.restart()
    expect(await server.command('GET', 'mtls:nonce:{0}:epoch')).not.toBe('')
    await Promise.all([one, other].map((instance) => instance.told('redis-up', 2)))
    expect(await other.nonces.claim(claim)).toBe('before-start')
    expect(await one.nonces.claim(claim)).toBe('before-start')
    expect(await one.nonces.claim(claimAt(nowSeconds() + 5))).toBe('fresh')
  })
})
