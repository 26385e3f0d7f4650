import type { RedisSentinels, RedisTls } from './connection/connect-options.ts'
import type { RedisEvent } from './connection/event.ts'

export interface RedisCoordinationOptions {
  /**
   * `redis://[user[:password]@]host[:port][/database]`, `rediss://` for TLS. Of a cluster some nodes, of sentinels each
   * one (port 26379); these agree in all but host and port.
   */
  readonly urls: readonly string[]
  /** True if there are several urls and no sentinels, unless told. */
  readonly cluster?: boolean
  /** The urls are those of sentinels, which know where the master is. */
  readonly sentinels?: RedisSentinels
  readonly tls?: RedisTls
  /** Before every key. `mtls:` unless told. */
  readonly keyPrefix?: string
  /** How long a request waits for Redis at most. 500 ms unless told. */
  readonly deadlineMs?: number
  /** So long without a successful read is a gap for a follower of the change feed. 10,000 ms unless told. */
  readonly gapAfterMs?: number
  /**
   * While Redis is down: `refuse` rejects each nonce claim, `local` takes those that this process has not seen itself,
   * so that a request can be replayed at another instance. `refuse` unless told.
   */
  readonly nonceOnOutage?: 'refuse' | 'local'
  /** Called synchronously; must not throw. */
  readonly onEvent?: (event: RedisEvent) => void
}
