import { openConnection } from './connection/open-connection.ts'
import type { RedisClient } from './connection/redis-client.ts'
import { replyCode } from './connection/unavailable.ts'
import { connector, isCluster } from './connector.ts'
import { fieldOf, numberOf } from './info-text.ts'
import type { RedisCoordinationOptions } from './options.ts'

export type RedisServers = Pick<RedisCoordinationOptions, 'urls' | 'cluster' | 'sentinels' | 'tls' | 'login'>

/** What one server says of itself. */
export interface RedisServerFacts {
  readonly version: string
  readonly policy: string
  readonly usedBytes: number
  /** 0: without a limit. */
  readonly maxBytes: number
  readonly evictedKeys: number
  readonly appendOnly: boolean
  /** The last snapshot could be written; true if there was none. */
  readonly snapshotWritten: boolean
}

export interface RedisInspection {
  /** Empty if the user may not run INFO. */
  readonly servers: readonly RedisServerFacts[]
  /** How far Redis' clock is ahead of this one, in milliseconds; half of the round trip is taken into account. */
  readonly clockAheadMs: number
}

/** Connects, asks, and ends. @throws CodedError `CONFIGURATION_INVALID`; the error of the connection or the server */
export async function inspectRedis(options: RedisServers, timeoutMs = 3_000): Promise<RedisInspection> {
  const connect = connector(options, isCluster(options))
  const signal = AbortSignal.timeout(timeoutMs)
  const client = await openConnection(connect, undefined, { signal, onLost: () => {} })
  try {
    return { clockAheadMs: await clockAhead(client), servers: await serversOf(client) }
  } finally {
    client.destroy()
  }
}

async function clockAhead(client: RedisClient): Promise<number> {
  const [sentAt, start] = [Date.now(), performance.now()]
  // Seconds and microseconds.
  const [seconds, micros] = (await client.send('', ['TIME'])) as readonly string[]
  const here = sentAt + (performance.now() - start) / 2
  return Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - here)
}

async function serversOf(client: RedisClient): Promise<readonly RedisServerFacts[]> {
  try {
    // One section each: Redis 6.2 takes no more.
    const sections = ['server', 'memory', 'persistence', 'stats']
    const answers = await Promise.all(sections.map((section) => client.sendToAll(['INFO', section])))
    const [first = []] = answers
    return first.map((_, server) => factsIn(answers.map((texts) => String(texts[server])).join('\r\n')))
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return []
    throw error
  }
}

function factsIn(info: string): RedisServerFacts {
  return {
    version: fieldOf(info, 'redis_version'),
    policy: fieldOf(info, 'maxmemory_policy'),
    usedBytes: numberOf(info, 'used_memory'),
    maxBytes: numberOf(info, 'maxmemory'),
    evictedKeys: numberOf(info, 'evicted_keys'),
    appendOnly: fieldOf(info, 'aof_enabled') === '1',
    snapshotWritten: fieldOf(info, 'rdb_last_bgsave_status') !== 'err',
  }
}
