import { createHash } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'

/** The prefix of every key: an ACL user needs no right to others. */
export const keyPrefix = 'mtls:'

/** Runs commands: a client, or the link that may have one. */
export interface CommandSender {
  /** `key` tells a cluster which node to use. The reply has the form of RESP2. */
  send(key: string, words: readonly string[]): Promise<unknown>
}

/** An open connection. It does not reconnect: whoever hears that it is lost makes a new one. */
export interface RedisClient extends CommandSender {
  /** Every server's reply to a command without a key. */
  sendToAll(words: readonly string[]): Promise<readonly unknown[]>
  destroy(): void
}

export interface Connecting {
  /** Ends connecting: connections that open later are destroyed. */
  readonly signal: AbortSignal
  /** A connection has failed. May be called several times, also while connecting. */
  readonly onLost: (error: unknown) => void
}

export type ConnectRedis = (connecting: Connecting) => Promise<RedisClient>

/** Connects unless the signal aborts it, which destroys the connection whenever that is. */
export async function connectUntil(
  client: { connect(): Promise<unknown>; destroy(): void },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => {
    client.destroy()
    reject(signal.reason)
  })
  const connecting = client.connect()
  try {
    await Promise.race([connecting, aborted])
  } catch (error) {
    // A TCP connection that is under way is not ended by `destroy`, but can be once it is there.
    connecting.catch(() => undefined).then(() => client.destroy())
    throw error
  }
}

export class DeadlineError extends Error {
  readonly code = 'TIMEOUT'
}

/** Settles like `work`, or rejects with the code `TIMEOUT` after `ms`. */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  // After a stall of this process the timer fires before the reply that waits in the socket, so that is read first.
  const timer = setTimeout(() => setImmediate(reject, new DeadlineError(`no answer within ${ms} ms`)), ms)
  work.then(resolve, reject).finally(() => clearTimeout(timer))
  return promise
}

/**
 * A Lua script, run by its hash in one round trip. ARGV[1] is `1` if this server did not know the script: it has been
 * restarted since the last run, or has taken over from another server. Redis keeps scripts only in memory, neither on
 * disk nor on replicas, and only a run with `1` loads them.
 */
export class Script {
  readonly #source: string
  readonly #sha: string

  constructor(source: string) {
    this.#source = source
    this.#sha = createHash('sha1').update(source).digest('hex')
  }

  async run(redis: CommandSender, keys: readonly [string, ...string[]], args: readonly string[]): Promise<unknown> {
    const [key] = keys
    const count = String(keys.length)
    try {
      return await redis.send(key, ['EVALSHA', this.#sha, count, ...keys, '0', ...args])
    } catch (error) {
      if (!isMissingScript(error)) throw error
      return await redis.send(key, ['EVAL', this.#source, count, ...keys, '1', ...args])
    }
  }
}

export interface StreamEntry {
  /** Ids are `n-0`. */
  readonly number: number
  /** What its one field has. */
  readonly value: string
}

/** In RESP2: a list of [id, [field, value]]. */
export function streamEntries(reply: unknown): readonly StreamEntry[] {
  if (!Array.isArray(reply)) return []
  return reply.map(([id, fields]) => ({ number: Number.parseInt(String(id), 10), value: String(fields?.[1]) }))
}

/** In RESP2: what a hash or a sorted set answers is a flat list. */
export function pairsOf(flat: unknown): [string, string][] {
  const words = Array.isArray(flat) ? flat.map(String) : []
  return words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : []))
}

export function isMissingScript(error: unknown): boolean {
  return replyCode(error) === 'NOSCRIPT'
}

/**
 * `reason` comes from `reasonOf`. The client's own errors are not passed on, as they may hold a credential or a key.
 */
export function unavailable(reason: string): CodedError {
  return new CodedError(
    'COORDINATION_UNAVAILABLE',
    `Redis did not answer as it should (${reason}). Repeat the request; if this lasts, check that Redis runs and can be reached.`,
    { retryAfterSeconds: 1 },
  )
}

/** `ECONNREFUSED`, `WRONGPASS`, `DeadlineError`: a code, the first word of Redis' reply, or the kind of the error. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return replyCode(error) ?? error.constructor.name
}

/** Redis' answers to a wrong user or password, or to a user that lacks rights. */
export function isLoginRefused(reason: string): boolean {
  return ['WRONGPASS', 'NOAUTH', 'NOPERM'].includes(reason)
}

/** Redis' error replies start with a code in capitals. */
export function replyCode(error: unknown): string | undefined {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : ''
  return /^[A-Z]{2,}(?= |$)/.exec(message)?.[0]
}
