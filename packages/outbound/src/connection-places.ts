import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import { type AccountId, isPromise } from '@mtls-gateway/domain'

/**
 * How the connections to targets are divided among accounts, and for how long one waits until an idle one has closed.
 * @param mostOfAccount at most half is an account's share anyway
 */
export function connectionPlaceLimits(total: number, mostOfAccount = total): BulkheadLimits {
  const reserve = Math.ceil(total / 10)
  const share = Math.min(Math.ceil(total / 2), mostOfAccount)
  return { total, share, reserve, waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 1_000 } }
}

/** A place of an account, and those of its connections that nobody needs now. */
export interface AccountPlaces {
  /** @throws CodedError `TOO_MANY_CALLS`: all of the account's connections are in use */
  take(until: Closable): Permit | Promise<Permit>
}

/**
 * The places of connections to targets: each has a descriptor of the process, and a target may keep what it cost OpenSSL
 * for as long as it likes. An account that has all of its own gives up one that is idle for the next.
 */
export class ConnectionPlaces {
  readonly #places: Bulkhead
  readonly #closeIdle: (accountId: AccountId) => void

  /** @param closeIdle begins to close a connection of the account that carries nothing, if there is one */
  constructor(places: Bulkhead, closeIdle: (accountId: AccountId) => void) {
    this.#places = places
    this.#closeIdle = closeIdle
  }

  of(accountId: AccountId): AccountPlaces {
    return {
      take: (until) => {
        const place = this.#places.acquire(accountId, 1, until)
        if (isPromise(place)) this.#closeIdle(accountId)
        return place
      },
    }
  }
}
