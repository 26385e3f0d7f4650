export interface RedisTls {
  /** PEM of the authorities that are trusted instead of Node's own list. */
  readonly ca?: string
  /** PEM of a client certificate, with its key. */
  readonly cert?: string
  readonly key?: string
  /** The name that the server's certificate must have; the url's host unless given. */
  readonly servername?: string
}

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
