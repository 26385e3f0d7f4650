import { BoardPresence } from '../local/presence.ts'
import type { Coordination } from '../port.ts'
import { redisBoard } from './board.ts'
import { RedisChangeFeed } from './change-feed.ts'
import { connector, invalid, isCluster } from './connection/connect.ts'
import type { RedisCoordinationOptions } from './connection/options.ts'
import { type CommandSender, isLoginRefused, keyPrefix } from './connection/redis-client.ts'
import { RedisLink } from './connection/redis-link.ts'
import { redisLeases } from './leases.ts'
import { memoryReport } from './memory-report.ts'
import { RedisNonceStore } from './nonce-store.ts'
import { redisOutcomes } from './outcomes.ts'
import { redisRateCounter } from './rate-counter.ts'
import { redisRecentCalls } from './recent-calls.ts'
import { redisUsage } from './usage.ts'

/** Enough for each node of a cluster to have some. */
const clusterShards = 64

/**
 * Coordination of any number of instances over Redis 6.2 or later: one server, a cluster, or a master that sentinels
 * watch. Redis must not evict keys (`maxmemory-policy noeviction`): evicted nonces could be replayed. An ACL user needs
 * `+evalsha +eval +time +get +set +lindex +lpush +ltrim +pexpire +del +xadd +xrevrange +xread +hset +hget +hmget +hdel
 * +zadd +zrange +zrem +hincrby +hgetall` on the keys with the prefix; for a cluster `+cluster` too. With `+info`,
 * events tell how full its memory is.
 *
 * Resolves even while Redis is down. Then, and in each later outage, rate counters count locally, nonces follow
 * `nonceOnOutage`, and everything else rejects with `COORDINATION_UNAVAILABLE` within the deadline. It recovers by
 * itself.
 *
 * If Redis has lost its nonces (it was restarted, emptied, or a replica took over), claims up to the second of the loss
 * are answered `before-start`, and for an app key whose clock was ahead, claims up to its newest timestamp: each
 * instance tells the new Redis what it has accepted itself. That knowledge is lost only with an instance that fails
 * together with Redis.
 *
 * @throws CodedError `CONFIGURATION_INVALID` when the options contradict each other or Redis refuses the user.
 */
export async function openRedisCoordination(options: RedisCoordinationOptions): Promise<Coordination> {
  const { deadlineMs = 500, gapAfterMs = 10_000, memoryCheckMs = 30_000 } = options
  const { onEvent = () => undefined } = options
  const shards = isCluster(options) ? clusterShards : 1
  const connect = await connector(options)
  const probe = probeOf(shards)
  const link = new RedisLink({
    connect,
    deadlineMs,
    onCommand: options.onCommand,
    prepare: async (client) => {
      await probe(client)
      await Promise.all([nonces.begin(client), redisBoard(client).read('')])
    },
    onEvent: (event) => {
      onEvent(event)
      if (event.type === 'redis-up') memory.begin()
    },
  })
  const nonces = new RedisNonceStore({ link, shards, onOutage: options.nonceOnOutage ?? 'refuse', onEvent })
  const memory = memoryReport({ link, everyMs: memoryCheckMs, onEvent })
  const newLink = () => new RedisLink({ connect, deadlineMs })
  const changeFeed = new RedisChangeFeed({ link, newLink, gapAfterMs })
  const isUp = await link.start()
  const { reason } = link
  if (!isUp && isLoginRefused(reason)) {
    link.close()
    throw invalid(`Redis refuses the user (${reason}). Check user, password and ACL`)
  }
  return {
    changeFeed,
    nonces,
    leases: redisLeases(link),
    presence: new BoardPresence(redisBoard(link)),
    usage: redisUsage(link),
    calls: redisRecentCalls(link, memory.hasRoom),
    outcomes: redisOutcomes(link, memory.hasRoom),
    rateCounter: (options) => redisRateCounter(link, options, onEvent),
    check: () => probe(link),
    close: async () => {
      memory.close()
      changeFeed.close()
      link.close()
    },
  }
}

/** Writes to each part: a server that is read-only or full counts as down. */
function probeOf(count: number): (redis: CommandSender) => Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `${keyPrefix}probe:{${index}}`)
  return async (redis) => {
    await Promise.all(keys.map((key) => redis.send(key, ['SET', key, '', 'EX', '1'])))
  }
}
