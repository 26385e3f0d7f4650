import type { Coordination } from '../port.ts'
import type { RedisCoordinationOptions } from './connection/options.ts'
import type { RedisInspection, RedisServers } from './inspect.ts'

/** `openRedisCoordination` of open.ts. It loads node-redis, 650 modules that a process without Redis does not need. */
export async function openRedisCoordination(options: RedisCoordinationOptions): Promise<Coordination> {
  const adapter = await import('./open.ts')
  return adapter.openRedisCoordination(options)
}

/** `inspectRedis` of inspect.ts. */
export async function inspectRedis(servers: RedisServers): Promise<RedisInspection> {
  const { inspectRedis: inspect } = await import('./inspect.ts')
  return inspect(servers)
}
