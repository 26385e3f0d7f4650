export interface RedisLogin {
  /** Redis' default user unless given here or in the urls. */
  readonly username?: string
  /** Read for each connection, so that a new password needs no restart. The urls have none then. */
  readonly passwordFile: string
}

export interface RedisSentinels {
  /** The name under which the sentinels watch the master. */
  readonly master: string
  /** For the sentinels themselves; the other one, or the urls', is for the Redis servers. */
  readonly login?: RedisLogin
}

export interface RedisCoordinationOptions {
  /**
   * `redis://[user[:password]@]host[:port][/database]`, `rediss://` for TLS. Several are nodes of a cluster, or all of
   * the sentinels (port 26379). They agree in everything but host and port.
   */
  readonly urls: readonly string[]
  /** The urls are those of sentinels, which know where the master is. */
  readonly sentinels?: RedisSentinels
  /** PEM of the authorities that are trusted for TLS instead of Node's own list. */
  readonly ca?: string
  /** Instead of a password in the urls. */
  readonly login?: RedisLogin
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

export type RedisEvent =
  /** `reason` is a code such as `ECONNREFUSED`, `TIMEOUT` or `READONLY`; it holds no address or credential. */
  | { readonly type: 'redis-down'; readonly reason: string }
  | { readonly type: 'redis-up'; readonly downMs: number }
  /** Redis refuses the login of a new connection. `reason` is its own code: `WRONGPASS`, `NOAUTH` or `NOPERM`. */
  | { readonly type: 'redis-login-refused'; readonly reason: string }
  /** An attempt to connect again has failed otherwise; `reason` as above. */
  | { readonly type: 'redis-connect-failed'; readonly reason: string }
  /** A reply was late: its request was refused, or decided without Redis. The connection stays. */
  | { readonly type: 'redis-late' }
  /** Regularly, if the user may run INFO. */
  | ({ readonly type: 'redis-memory' } & RedisMemory)
  /** Regularly: how far the server's clock is ahead; in a cluster the one that differs most. */
  | { readonly type: 'redis-clock'; readonly aheadMs: number }
  /** The user may not run INFO, so nobody hears that the memory fills up or that keys are evicted. */
  | { readonly type: 'redis-memory-unknown'; readonly reason: string }
  /** Only this process counted a request. */
  | { readonly type: 'rate-local' }
  /** A nonce was refused, because nobody can know whether it is fresh. */
  | { readonly type: 'nonce-refused' }
  /** A nonce was accepted that this process has not seen; others may have. */
  | { readonly type: 'nonce-local' }

/**
 * Told of each command.
 * @param ms until its reply or its failure; undefined: it was not sent
 * @param failure a code such as `TIMEOUT` or `READONLY`; `down` where there is no connection; undefined: none
 */
export type OnRedisCommand = (ms: number | undefined, failure: string | undefined) => void

/** In a cluster: of the server with the least room, with the evictions of all. */
export interface RedisMemory {
  readonly usedBytes: number
  /** `maxmemory`; 0: without a limit. */
  readonly maxBytes: number
  /** `maxmemory-policy`; in a cluster one other than `noeviction`, if a server has it. Empty if it is unknown. */
  readonly policy: string
  /** Since the start of the server. */
  readonly evictedKeys: number
}
