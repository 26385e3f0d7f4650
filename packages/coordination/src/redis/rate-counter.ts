import type { MaybePromise } from '@mtls-gateway/event-loop'
import { LocalRateCounter } from '../local/rate-counter.ts'
import type { RateCounter, RateDecision } from '../port.ts'
import type { RedisEvent } from './connection/options.ts'
import { keyPrefix, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/**
 * A list of the last admitted times, in microseconds of Redis' own clock, newest first and no longer than the limit: a
 * request is admitted if the oldest one is a second old. Answers 0, or the microseconds to wait. A wait of more than a
 * second shows that the clock was set back, which must not keep the key closed.
 */
const admitScript = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], limit - 1)
if oldest then
  local wait = oldest + 1000000 - now
  if wait > 1000000 then
    redis.call('DEL', KEYS[1])
  elseif wait > 0 then
    return wait
  end
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], 1001)
return 0
`)

interface RedisRateCounterOptions {
  readonly link: RedisLink
  /** Tells it from other counters. */
  readonly name: string
  readonly perSecond: number
  readonly onEvent: (event: RedisEvent) => void
}

/** Counts the requests of all instances, or of this one while Redis is down. */
export class RedisRateCounter implements RateCounter {
  readonly #link: RedisLink
  readonly #prefix: string
  readonly #limit: string
  readonly #local: LocalRateCounter
  readonly #onEvent: (event: RedisEvent) => void

  constructor({ link, name, perSecond, onEvent }: RedisRateCounterOptions) {
    this.#link = link
    this.#prefix = `${keyPrefix}rate:${encodeURIComponent(name)}:`
    this.#limit = String(perSecond)
    this.#local = new LocalRateCounter({ perSecond })
    this.#onEvent = onEvent
  }

  admit(key: string): MaybePromise<RateDecision> {
    return this.#link.isUp ? this.#admitEverywhere(key) : this.#admitHere(key)
  }

  async #admitEverywhere(key: string): Promise<RateDecision> {
    try {
      const waitMicros = Number(await admitScript.run(this.#link, [this.#prefix + key], [this.#limit]))
      return { admitted: waitMicros === 0, retryAfterMs: Math.ceil(waitMicros / 1_000) }
    } catch {
      // The reply was late, or the link is down from now on, and reports why.
      return this.#admitHere(key)
    }
  }

  #admitHere(key: string): RateDecision {
    this.#onEvent({ type: 'rate-local' })
    return this.#local.admit(key)
  }
}
