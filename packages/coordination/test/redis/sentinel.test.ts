import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { isCodedError, parseAccountId } from '@mtls-gateway/domain'
import { RecordingListener } from '../contract/recording-listener.ts'
import { dataDirectories } from '../data-directory.ts'
import { describeRedis, type Instance, nowSeconds, redisHere } from './redis-here.ts'

/** A failover waits until the sentinels get the processor, which can take many times as long on a busy machine. */
const failoverTimeoutMs = 120_000

/** On a busy machine the first attempt to connect may take too long. */
async function follow(instance: Instance, listener: RecordingListener): Promise<void> {
  for (;;) {
    try {
      await instance.changeFeed.follow(listener)
      return
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'COORDINATION_UNAVAILABLE') throw error
    }
  }
}

describeRedis('with sentinels', () => {
  const redis = redisHere()
  const newDirectory = dataDirectories()

  it(
    'goes on with the replica that they make the master, and does not trust its memory',
    async () => {
      const master = await redis.start()
      const replica = await redis.start({ args: ['--save', '', '--replicaof', '127.0.0.1', String(master.port)] })
      const sentinels = await Promise.all(
        [1, 2, 3].map(async () => {
          const file = join(newDirectory(), 'sentinel.conf')
          const settings = [
            `monitor gateway 127.0.0.1 ${master.port} 2`,
            // Only the test decides that: a master without processor time is not down.
            'down-after-milliseconds gateway 600000',
            'failover-timeout gateway 3000',
          ]
          await writeFile(file, settings.map((setting) => `sentinel ${setting}\n`).join(''))
          return redis.start({ args: [file, '--sentinel'] })
        }),
      )
      for (const sentinel of sentinels) {
        let known = ''
        while (!/num-other-sentinels\n2\n/.test(known) || !/num-slaves\n1\n/.test(known)) {
          known = await sentinel.command('SENTINEL', 'MASTER', 'gateway')
        }
      }

      // One sentinel is gone and one hangs, so another one is asked.
      sentinels[0]?.pause()
      const urls = ['redis://127.0.0.1:1', ...sentinels.map(({ url }) => url)]
      const instance = await redis.open({ urls, sentinels: { master: 'gateway' }, deadlineMs: 30_000 })
      await instance.told('redis-up')
      const listener = new RecordingListener()
      await follow(instance, listener)
      const claim = { appKey: 'tenant.key', nonce: 'n', timestamp: nowSeconds() }
      await master.command('SET', 'mtls:nonce:{0}:epoch', '1000')
      expect(await instance.nonces.claim(claim)).toBe('fresh')
      await master.command('WAIT', '1', '5000')

      const ups = instance.events.filter(({ type }) => type === 'redis-up').length
      await master.kill()
      for (const sentinel of sentinels.slice(1)) {
        await sentinel.command('SENTINEL', 'SET', 'gateway', 'down-after-milliseconds', '700')
      }
      await instance.told('redis-up', ups + 1)
      expect(await replica.command('ROLE')).toMatch(/^master/)
      // It has the nonce, but nobody knows whether it has all of them.
      expect(await instance.nonces.claim(claim)).toBe('before-start')
      expect(await instance.nonces.claim({ ...claim, timestamp: nowSeconds() + 5 })).toBe('fresh')
      await instance.changeFeed.append({ account: parseAccountId('tenant'), revision: 2, revoked: [] })
      await listener.until(() => listener.notices.length > 0)
    },
    failoverTimeoutMs,
  )

  it('asks them in the order of the list, so that instances agree on a master', async () => {
    const [right, old] = [await redis.start(), await redis.start()]
    // The first one is further away. The last one is cut off together with the old master, and nearer than all others.
    const sentinels = [
      { master: right, ms: 50 },
      { master: old, ms: 0 },
    ].map(({ master, ms }) => {
      const answer = `*2\r\n$9\r\n127.0.0.1\r\n$${String(master.port).length}\r\n${master.port}\r\n`
      return createServer((socket) => {
        socket.on('error', () => undefined)
        socket.on('data', () => void setTimeout(ms).then(() => socket.write(answer)))
      }).listen(0, '127.0.0.1')
    })
    try {
      await Promise.all(sentinels.map((sentinel) => once(sentinel, 'listening')))
      // `listen` on a port gives this kind of address.
      const urls = sentinels.map((sentinel) => `redis://127.0.0.1:${(sentinel.address() as AddressInfo).port}`)
      const instance = await redis.open({ urls, sentinels: { master: 'gateway' } })
      await instance.told('redis-up')
      const epochs = [right, old].map((server) => server.command('EXISTS', 'mtls:nonce:{0}:epoch'))
      expect(await Promise.all(epochs)).toEqual(['1', '0'])
    } finally {
      for (const sentinel of sentinels) sentinel.close()
    }
  })

  it('that do not know the master, it is down', async () => {
    const file = join(newDirectory(), 'sentinel.conf')
    await writeFile(file, 'sentinel monitor other 127.0.0.1 1 1\n')
    const sentinel = await redis.start({ args: [file, '--sentinel'] })
    const instance = await redis.open({ urls: [sentinel.url], sentinels: { master: 'gateway' } })
    expect(instance.state()).toMatchObject({ redis: 'down', reason: 'UNKNOWN_MASTER' })
  })
})
