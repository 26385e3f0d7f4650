import type { Coordination } from '../port.ts'
import type { RedisEvent, RedisState } from './connection/event.ts'
import type { CommandSender } from './connection/redis-client.ts'
import { RedisLink } from './connection/redis-link.ts'
import { connector, invalid, isCluster } from './connector.ts'
import { RedisLeases } from './leases.ts'
import { MemoryReport } from './memory-report.ts'
import { NonceShards } from './nonces/nonce-shards.ts'
import { RedisNonceStore } from './nonces/nonce-store.ts'
import { RedisChangeFeed } from './notices/change-feed.ts'
import { NoticeStream } from './notices/notice-stream.ts'
import { defaultKeyPrefix, type RedisCoordinationOptions } from './options.ts'
import { RedisOutcomes } from './outcomes.ts'
import { RedisPresence } from './presence/presence.ts'
import { PresenceKeys } from './presence/presence-keys.ts'
import { beginPresence } from './presence/presence-list.ts'
import { RedisRateCounter } from './rate-counter.ts'
import { RedisRecentCalls } from './recent-calls.ts'
import { RedisUsage } from './usage.ts'

export interface RedisCoordination extends Coordination {
  state(): RedisState
}

/** Enough for each node of a cluster to have some. */
const clusterShards = 64

/** Redis' answers to a wrong user or password, or to a user that lacks rights. */
const refusedLogin = ['WRONGPASS', 'NOAUTH', 'NOPERM']

/**
 * Coordination of any number of instances over Redis 6.2 or later: one server, a cluster, or a master that sentinels
 * watch. Redis must not evict keys (`maxmemory-policy noeviction`): evicted nonces could be replayed. An ACL user needs
 * `+evalsha +eval +time +get +set +lindex +lpush +ltrim +pexpire +del +xadd +xrevrange +xread +hset +hget +hmget +hdel
 * +zadd +zrange +zremrangebyscore +zrem +exists +rename +hincrby +hgetall` on the keys with the prefix; for a cluster
 * `+cluster` too. With `+info`, events tell how full its memory is.
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
export async function openRedisCoordination(options: RedisCoordinationOptions): Promise<RedisCoordination> {
  const { keyPrefix = defaultKeyPrefix, deadlineMs = 500, gapAfterMs = 10_000, memoryCheckMs = 30_000 } = options
  const { onEvent = () => undefined } = options
  // The first braces in a key say where a cluster keeps it.
  if (/[{}]/.test(keyPrefix)) throw invalid('The key prefix for Redis must not contain braces')
  const cluster = isCluster(options)
  const connect = connector(options, cluster)
  const probe = probeOf(keyPrefix, cluster ? clusterShards : 1)
  const shards = new NonceShards(keyPrefix, cluster ? clusterShards : 1)
  const presenceKeys = new PresenceKeys(keyPrefix)
  const watch = new Watch(onEvent)
  const link = new RedisLink({
    connect,
    deadlineMs,
    onCommand: options.onCommand,
    prepare: async (client) => {
      await probe(client)
      await Promise.all([shards.begin(client), beginPresence(client, presenceKeys)])
    },
    onDown: (reason) => watch.down(reason),
    onStillDown: (reason) => watch.stillDown(reason),
    onLate: () => onEvent({ type: 'redis-late' }),
    onUp: () => {
      watch.up()
      memory.begin()
    },
  })
  const memory = new MemoryReport({ link, everyMs: memoryCheckMs, onEvent })
  const changeFeed = new RedisChangeFeed({
    stream: new NoticeStream(`${keyPrefix}notices`),
    link,
    newLink: () => new RedisLink({ connect, deadlineMs }),
    deadlineMs,
    gapAfterMs,
  })
  const hasRoom = () => !memory.isShort
  const isUp = await link.start()
  const { reason } = link
  if (!isUp && refusedLogin.includes(reason)) {
    link.close()
    throw invalid(`Redis refuses the user (${reason}). Check user, password and ACL`)
  }
  return {
    changeFeed,
    nonces: new RedisNonceStore({ link, shards, onOutage: options.nonceOnOutage ?? 'refuse', onEvent }),
    leases: new RedisLeases(link, `${keyPrefix}lease:`),
    presence: new RedisPresence(link, presenceKeys),
    usage: new RedisUsage(link, keyPrefix),
    calls: new RedisRecentCalls(link, keyPrefix, hasRoom),
    outcomes: new RedisOutcomes(link, keyPrefix, hasRoom),
    rateCounter: ({ name, perSecond }) =>
      new RedisRateCounter({ link, keyPrefix: `${keyPrefix}rate:${encodeURIComponent(name)}:`, perSecond, onEvent }),
    check: () => probe(link),
    state: () => watch.state,
    close: async () => {
      memory.close()
      changeFeed.close()
      link.close()
    },
  }
}

/** Writes to each part: a server that is read-only or full counts as down. */
function probeOf(keyPrefix: string, count: number): (redis: CommandSender) => Promise<void> {
  const keys = Array.from({ length: count }, (_, index) => `${keyPrefix}probe:{${index}}`)
  return async (redis) => {
    await Promise.all(keys.map((key) => redis.send(key, ['SET', key, '', 'EX', '1'])))
  }
}

/** Reports the state of the link. */
class Watch {
  readonly #onEvent: (event: RedisEvent) => void
  #state: RedisState = { redis: 'down', since: Date.now(), reason: 'not connected yet' }
  #downAt: number | undefined

  constructor(onEvent: (event: RedisEvent) => void) {
    this.#onEvent = onEvent
  }

  get state(): RedisState {
    return this.#state
  }

  down(reason: string): void {
    this.#downAt = performance.now()
    this.#state = { redis: 'down', since: Date.now(), reason }
    this.#onEvent({ type: 'redis-down', reason })
  }

  /** For another reason than at first, perhaps: a connection that has ended, then a login that is refused. */
  stillDown(reason: string): void {
    this.#state = { ...this.#state, reason }
    this.#onEvent({ type: refusedLogin.includes(reason) ? 'redis-login-refused' : 'redis-connect-failed', reason })
  }

  up(): void {
    this.#state = { redis: 'up', since: Date.now() }
    this.#onEvent({ type: 'redis-up', downMs: this.#downAt === undefined ? 0 : performance.now() - this.#downAt })
    this.#downAt = undefined
  }
}
