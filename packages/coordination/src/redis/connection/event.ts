/** For metrics and logs. */
export type RedisEvent =
  /** `reason` is a code such as `ECONNREFUSED`, `TIMEOUT` or `READONLY`; it holds no address or credential. */
  | { readonly type: 'redis-down'; readonly reason: string }
  | { readonly type: 'redis-up'; readonly downMs: number }
  /** A request was counted by this process alone. */
  | { readonly type: 'rate-local' }
  /** A nonce was not taken, because nobody can know whether it is fresh. */
  | { readonly type: 'nonce-refused' }
  /** A nonce was taken that this process alone has not seen before. */
  | { readonly type: 'nonce-local' }

export interface RedisState {
  readonly redis: 'up' | 'down'
  /** Milliseconds since 1970. */
  readonly since: number
  /** Why it is down, as in `redis-down`. */
  readonly reason?: string
}
