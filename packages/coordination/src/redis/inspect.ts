import { connector } from './connection/connect.ts'
import type { RedisCoordinationOptions, RedisMemory } from './connection/options.ts'
import { keyPrefix, pairsOf, type RedisClient, replyCode } from './connection/redis-client.ts'

export type RedisServers = Pick<RedisCoordinationOptions, 'urls' | 'sentinels' | 'ca' | 'login'>

/** Every command that coordination sends, itself or in a script. INFO is not needed. */
export const neededCommands = (
  'evalsha eval time get set lindex lpush ltrim pexpire del xadd xrevrange xread hset hget hmget hdel zadd zrange ' +
  'zrem hincrby hgetall'
).split(' ')

export interface RedisServerFacts extends RedisMemory {
  readonly version: string
  readonly appendOnly: boolean
  /** The last snapshot could be written; true if there was none. */
  readonly snapshotWritten: boolean
}

export interface RedisInspection {
  /** Empty if the user may not run INFO. */
  readonly servers: readonly RedisServerFacts[]
  /** How far the clock of the server is ahead of this one, in milliseconds; in a cluster the one that differs most. */
  readonly clockAheadMs: number
  /** Those of {@link neededCommands} that the user may not run on its keys; undefined before Redis 7. */
  readonly refusedCommands: readonly string[] | undefined
}

/** Connects, asks, and ends. @throws CodedError `CONFIGURATION_INVALID`; the error of the connection or the server */
export async function inspectRedis(options: RedisServers): Promise<RedisInspection> {
  const connect = await connector(options)
  const client = await connect({ signal: AbortSignal.timeout(3_000), onLost: () => {} })
  try {
    const ask: Ask = (words) => client.sendToAll(words)
    const refusedCommands = await refusedCommandsOf(client)
    const clockAheadMs = Math.round((await clockAhead(ask)) ?? 0)
    const servers = await serverFacts(ask).catch((error: unknown) => {
      if (replyCode(error) === 'NOPERM') return []
      throw error
    })
    return { clockAheadMs, servers, refusedCommands }
  } finally {
    client.destroy()
  }
}

/** Redis 7 tells a user its rights in a script, which runs none of the commands. Enough arguments for each of them. */
const askForRights = `
if not redis.acl_check_cmd then return false end
local refused = {}
for index = 2, #ARGV do
  local key = ARGV[1]
  if not redis.acl_check_cmd(ARGV[index], key, key, key, key, key) then table.insert(refused, ARGV[index]) end
end
return refused`

async function refusedCommandsOf(client: RedisClient): Promise<readonly string[] | undefined> {
  try {
    const words = ['EVAL', askForRights, '0', `${keyPrefix}inspection`, ...neededCommands]
    const refused = await client.send('', words)
    return Array.isArray(refused) ? refused.map(String) : undefined
  } catch (error) {
    if (replyCode(error) === 'NOPERM') return ['eval']
    throw error
  }
}

export type Ask = (words: readonly string[]) => Promise<readonly unknown[]>

/** What each server says of itself. Rejects like `ask`: with `NOPERM` if the user may not run INFO. */
export async function serverFacts(ask: Ask): Promise<readonly RedisServerFacts[]> {
  return (await ask(['INFO'])).map((info) => factsIn(String(info)))
}

/** How far the clock of the server is ahead, in milliseconds; in a cluster the one that differs most. */
export async function clockAhead(ask: Ask): Promise<number | undefined> {
  const asked = Date.now()
  const times = await ask(['TIME'])
  // It was read about halfway.
  const now = (asked + Date.now()) / 2
  const ahead = times.map((time) => millisecondsOf(time) - now).filter((ms) => Number.isFinite(ms))
  return ahead.toSorted((one, other) => Math.abs(other) - Math.abs(one))[0]
}

/** TIME answers with seconds and microseconds. */
function millisecondsOf(time: unknown): number {
  const [seconds, microseconds] = Array.isArray(time) ? time.map(Number) : []
  return (seconds ?? Number.NaN) * 1_000 + (microseconds ?? Number.NaN) / 1_000
}

/** What the server does not say is empty, or 0. */
function factsIn(info: string): RedisServerFacts {
  const fields = new Map(pairsOf(info.split('\r\n').flatMap((line) => /^(\w+):(.*)$/.exec(line)?.slice(1) ?? [])))
  return {
    version: fields.get('redis_version') ?? '',
    policy: fields.get('maxmemory_policy') ?? '',
    usedBytes: Number(fields.get('used_memory')) || 0,
    maxBytes: Number(fields.get('maxmemory')) || 0,
    evictedKeys: Number(fields.get('evicted_keys')) || 0,
    appendOnly: fields.get('aof_enabled') === '1',
    snapshotWritten: fields.get('rdb_last_bgsave_status') !== 'err',
  }
}
