import { expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { RecentCall } from '../../src/port.ts'
import { connector } from '../../src/redis/connection/connect.ts'
import type { CommandSender } from '../../src/redis/connection/redis-client.ts'
import { RedisLink } from '../../src/redis/connection/redis-link.ts'
import { RedisRecentCalls } from '../../src/redis/recent-calls.ts'
import { describeRedis, redisHere } from './redis-here.ts'

const account = parseAccountId('tenant')

function call(outcome: RecentCall['outcome']): RecentCall {
  return { outcome, at: Date.now(), requestId: outcome, method: 'GET', caller: 'c', clientAddress: '::1', ms: 1 }
}

describeRedis('recent calls in Redis', () => {
  const redis = redisHere()

  it('are not passed over if they are recorded between two commands of a reader', async () => {
    const server = await redis.start()
    const { calls } = await redis.open({ urls: [server.url] })
    const link = new RedisLink({ connect: await connector({ urls: [server.url] }), deadlineMs: 5_000 })
    await link.start()
    // Its scripts are known after the first read.
    await new RedisRecentCalls(link, () => true).of(account, { limit: 10 })
    let last: Promise<unknown> = Promise.resolve()
    let isFirst = true
    const oneByOne: CommandSender = {
      send: (key, words) => {
        const reply = last.then(() => link.send(key, words))
        last = reply.then(async () => {
          if (isFirst)
            for (const outcome of ['failed', 'succeeded'] as const) {
              await calls.record([{ account, call: call(outcome) }])
            }
          isFirst = false
        })
        return reply
      },
    }
    const reader = new RedisRecentCalls(oneByOne, () => true)
    const first = await reader.of(account, { limit: 10 })
    await last
    const later = await reader.of(account, { limit: 10, after: first[0]?.id ?? 0 })
    link.close()
    expect([...later, ...first].map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed'])
  })
})
