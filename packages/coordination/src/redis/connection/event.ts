/** For metrics and logs. */
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
  /** Only this process counted a request. */
  | { readonly type: 'rate-local' }
  /** A nonce was refused, because nobody can know whether it is fresh. */
  | { readonly type: 'nonce-refused' }
  /** A nonce was accepted that this process has not seen; others may have. */
  | { readonly type: 'nonce-local' }

export interface RedisState {
  readonly redis: 'up' | 'down'
  /** Milliseconds since 1970. */
  readonly since: number
  /** Why it is down, as in `redis-down`. */
  readonly reason?: string
}
