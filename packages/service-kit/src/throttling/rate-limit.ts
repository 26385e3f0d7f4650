import type { RateCounter, RateDecision } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import { Gauge, type Registry } from 'prom-client'
import { readCounter } from '../metrics/fast-metrics.ts'
import { rateKey } from './client-address.ts'

/**
 * Counts a request against its caller's address.
 * @throws CodedError `RATE_LIMITED` (or rejects with it, if the counter returns a promise)
 */
export function admit(counter: RateCounter, address: string): MaybePromise<void> {
  return andThen(counter.admit(rateKey(address)), requireAdmitted)
}

function requireAdmitted({ admitted, retryAfterMs }: RateDecision): void {
  if (!admitted) throw rateLimited(retryAfterMs)
}

export function rateLimited(retryAfterMs: number): CodedError {
  return new CodedError('RATE_LIMITED', 'Too many requests from this address. Wait and try again.', {
    retryAfterSeconds: retryAfterMs / 1_000,
  })
}

/** Beyond this number the oldest is forgotten, and its requests are counted again. */
const mostKeys = 10_000

/**
 * A rate counter that remembers until when it will refuse a caller, so that a flood is refused before anything else is
 * done with its requests.
 */
export class RefusedAddresses implements RateCounter {
  readonly #counter: RateCounter
  readonly #now: () => number
  readonly #until = new Map<string, number>()
  #refused = 0

  /** @param now milliseconds on a clock that never goes back */
  constructor(counter: RateCounter, now: () => number = () => performance.now()) {
    this.#counter = counter
    this.#now = now
  }

  /** Requests that were refused since the start: by the counter, or as it would have refused them. */
  get refused(): number {
    return this.#refused
  }

  /** Addresses that are refused at the moment. */
  count(): number {
    const now = this.#now()
    let count = 0
    for (const until of this.#until.values()) if (until > now) count += 1
    return count
  }

  /** Whether nobody is refused, as nearly always. */
  get isEmpty(): boolean {
    return this.#until.size === 0
  }

  admit(key: string): MaybePromise<RateDecision> {
    return andThen(this.#counter.admit(key), (decision) => {
      if (!decision.admitted) this.#note(key, decision.retryAfterMs)
      return decision
    })
  }

  /** How long its request is refused, which counts as such; 0 if the counter has to decide. */
  waitMs(key: string): number {
    const until = this.#until.get(key)
    if (until === undefined) return 0
    const waitMs = until - this.#now()
    if (waitMs > 0) {
      this.#refused += 1
      return waitMs
    }
    this.#until.delete(key)
    return 0
  }

  #note(key: string, retryAfterMs: number): void {
    this.#refused += 1
    this.#until.delete(key)
    this.#until.set(key, this.#now() + retryAfterMs)
    const [oldest] = this.#until.size > mostKeys ? this.#until.keys() : []
    if (oldest !== undefined) this.#until.delete(oldest)
  }
}

/** How many requests are refused because of their number; never whose. */
export function showThrottling(registry: Registry, addresses: RefusedAddresses): void {
  readCounter({
    name: 'throttled_requests_total',
    help: 'Requests that were answered with 429, because their address sends too many',
    registry,
    read: () => [[{}, addresses.refused]],
  })
  new Gauge({
    name: 'throttled_addresses',
    help: 'Addresses that are refused at the moment',
    registers: [registry],
    collect() {
      this.set(addresses.count())
    },
  })
}
