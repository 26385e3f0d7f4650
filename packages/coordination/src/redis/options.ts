import type { RedisLogin, RedisSentinels, RedisTls } from './connection/connect-options.ts'
import type { OnRedisCommand, RedisEvent } from './connection/event.ts'

export const defaultKeyPrefix = 'mtls:'

export interface RedisCoordinationOptions {
  /**
   * `redis://[user[:password]@]host[:port][/database]`, `rediss://` for TLS. For a cluster some of its nodes, for
   * sentinels all of them (port 26379). They agree in everything but host and port.
   */
  readonly urls: readonly string[]
  /** By default true if there are several urls and no sentinels. */
  readonly cluster?: boolean
  /** The urls are those of sentinels, which know where the master is. */
  readonly sentinels?: RedisSentinels
  readonly tls?: RedisTls
  /** Instead of a password in the urls. */
  readonly login?: RedisLogin
  /** The prefix of every key; `mtls:` by default. */
  readonly keyPrefix?: string
  /** How long a request waits for a reply of Redis; 500 ms by default. */
  readonly deadlineMs?: number
  /** This long without a successful read is a gap for a follower of the change feed; 10,000 ms by default. */
  readonly gapAfterMs?: number
  /** How often Redis is asked for its memory; 30,000 ms by default. */
  readonly memoryCheckMs?: number
  /**
   * While Redis is down, `refuse` rejects every nonce claim, and `local` accepts those that this process has not seen,
   * so that a request could be replayed at another instance. `refuse` by default.
   */
  readonly nonceOnOutage?: 'refuse' | 'local'
  /** Called synchronously; must not throw. */
  readonly onEvent?: (event: RedisEvent) => void
  /** Called synchronously; must not throw. */
  readonly onCommand?: OnRedisCommand
}
