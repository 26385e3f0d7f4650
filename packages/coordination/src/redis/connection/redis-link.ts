import { setTimeout } from 'node:timers/promises'
import type { OnRedisCommand, RedisEvent } from './options.ts'
import {
  type CommandSender,
  type Connecting,
  type ConnectRedis,
  DeadlineError,
  inTime,
  isLoginRefused,
  isMissingScript,
  type RedisClient,
  reasonOf,
  unavailable,
} from './redis-client.ts'

/**
 * The least limit for connecting and preparing, and so the time between attempts if the server hangs. They take some
 * replies one after the other, so it is longer where replies may take long.
 */
const leastAttemptMs = 2_000
const repliesPerAttempt = 4
const longestPauseMs = 1_000
/** A connection that fails sooner than this does not reset the growing pauses. */
const provenAfterMs = 5_000

interface RedisLinkOptions {
  readonly connect: ConnectRedis
  /** How long `send` waits. */
  readonly deadlineMs: number
  /** Called with a new connection before it is used. Rejects if the server is not usable. */
  readonly prepare?: (client: CommandSender) => Promise<void>
  /** Told how it is with the connection. */
  readonly onEvent?: (event: RedisEvent) => void
  readonly onCommand?: OnRedisCommand | undefined
}

/**
 * A connection to Redis that is either up or down. A late reply fails only its own command: the server may be forking
 * for a snapshot or running a slow command, and a new connection would wait as long. So each server is asked for the
 * time, and has two more deadlines to answer. Where one does not, or where a connection ends or a reply is an error,
 * the link goes down: commands under way and later ones fail at once, and new connections are tried until one works. So
 * a dead or hanging Redis delays the requests of three deadlines, each by one.
 */
export class RedisLink implements CommandSender {
  readonly #options: RedisLinkOptions
  readonly #closing = new AbortController()
  /** Ends the current attempt, or the last one. */
  #ending = new AbortController()
  #client: RedisClient | undefined
  #reason = 'not connected yet'
  #upAt = 0
  #downAt: number | undefined
  /** Consecutive attempts that failed or did not last. */
  #failures = 0
  #up = Promise.withResolvers<void>()
  /** The client whose servers are being asked whether they still answer. */
  #asked: RedisClient | undefined
  readonly #attemptMs: number

  constructor(options: RedisLinkOptions) {
    this.#options = options
    this.#attemptMs = Math.max(leastAttemptMs, repliesPerAttempt * options.deadlineMs)
  }

  get isUp(): boolean {
    return this.#client !== undefined
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Why it is down. */
  get reason(): string {
    return this.#reason
  }

  /** Resolves after the first attempt, with true if it is up. Otherwise further attempts follow. */
  async start(): Promise<boolean> {
    const isUp = await this.#attempt()
    if (!isUp) this.#goDown()
    return isUp
  }

  /** Resolves when it is up the next time, or now; also when it is closed. */
  untilUp(): Promise<void> {
    return this.#up.promise
  }

  /**
   * Rejects with CodedError `COORDINATION_UNAVAILABLE`, at once if it is down, and with Redis' own `NOSCRIPT`.
   * @param blockedMs how long the command may block at Redis
   */
  async send(key: string, words: readonly string[], blockedMs = 0): Promise<unknown> {
    const client = this.#client
    const { onCommand } = this.#options
    if (!client) {
      onCommand?.(undefined, 'down')
      throw unavailable(this.#reason)
    }
    const since = performance.now()
    try {
      const reply = await inTime(client.send(key, words), blockedMs + this.#options.deadlineMs)
      onCommand?.(performance.now() - since, undefined)
      return reply
    } catch (error) {
      const isMissing = isMissingScript(error)
      onCommand?.(performance.now() - since, isMissing ? undefined : reasonOf(error))
      if (isMissing) throw error
      if (error instanceof DeadlineError) this.#askWhetherItAnswers(client)
      else this.#lose(client, error)
      throw unavailable(this.isClosed ? this.#reason : reasonOf(error))
    }
  }

  /** Asks every server for what is nice to know: whatever becomes of it, the link stays as it is. */
  async ask(words: readonly string[]): Promise<readonly unknown[]> {
    if (!this.#client) throw unavailable(this.#reason)
    return inTime(this.#client.sendToAll(words), this.#options.deadlineMs)
  }

  close(): void {
    if (this.isClosed) return
    this.#reason = 'closed'
    this.#closing.abort()
    this.#ending.abort()
    this.#client?.destroy()
    this.#client = undefined
    this.#up.resolve()
  }

  /** After a late reply; once for all that are late meanwhile. */
  #askWhetherItAnswers(client: RedisClient): void {
    if (this.#client !== client) return
    this.#options.onEvent?.({ type: 'redis-late' })
    if (this.#asked === client) return
    this.#asked = client
    inTime(client.sendToAll(['TIME']), 2 * this.#options.deadlineMs).then(
      () => {
        if (this.#asked === client) this.#asked = undefined
      },
      (error: unknown) => this.#lose(client, error),
    )
  }

  #lose(client: RedisClient, error: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#reason = reasonOf(error)
    this.#up = Promise.withResolvers()
    this.#failures = performance.now() - this.#upAt < provenAfterMs ? this.#failures + 1 : 0
    client.destroy()
    this.#goDown()
  }

  #goDown(): void {
    this.#downAt = performance.now()
    this.#options.onEvent?.({ type: 'redis-down', reason: this.#reason })
    void this.#recover()
  }

  async #recover(): Promise<void> {
    while (!this.isClosed) {
      const longestMs = this.#failures === 0 ? 0 : Math.min(longestPauseMs, 25 * 2 ** this.#failures)
      const pauseMs = longestMs * (0.5 + Math.random() / 2)
      await setTimeout(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
      if (this.isClosed || (await this.#attempt())) return
      if (this.isClosed) return
      // For another reason than at first, perhaps: a connection that has ended, then a login that is refused.
      const type = isLoginRefused(this.#reason) ? 'redis-login-refused' : 'redis-connect-failed'
      this.#options.onEvent?.({ type, reason: this.#reason })
    }
  }

  async #attempt(): Promise<boolean> {
    const ending = new AbortController()
    this.#ending = ending
    let lost: { readonly error: unknown } | undefined
    let client: RedisClient | undefined
    const onLost = (error: unknown): void => {
      lost ??= { error }
      if (client) this.#lose(client, error)
    }
    try {
      client = await inTime(this.#open({ signal: ending.signal, onLost }), this.#attemptMs)
      this.#closing.signal.throwIfAborted()
      if (lost) throw lost.error
    } catch (error) {
      // Destroys the client, too, whenever it is there.
      ending.abort(error)
      if (!this.isClosed) this.#reason = reasonOf(error)
      this.#failures++
      return false
    }
    this.#client = client
    this.#upAt = performance.now()
    this.#options.onEvent?.({ type: 'redis-up', downMs: this.#upAt - (this.#downAt ?? this.#upAt) })
    this.#up.resolve()
    return true
  }

  async #open(connecting: Connecting): Promise<RedisClient> {
    const client = await this.#options.connect(connecting)
    await this.#options.prepare?.(client)
    return client
  }
}
