import type { TLSSocket } from 'node:tls'
import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { isPromise, type MaybePromise } from '@mtls-gateway/event-loop'

/**
 * How the connections to targets are divided among accounts, and for how long one waits until an idle one has closed.
 * An account may have all but the reserve: those in use are bounded by its calls, and all others close for whoever
 * waits.
 */
export function connectionPlaceLimits(total: number): BulkheadLimits {
  const reserve = Math.ceil(total / 10)
  const share = total - reserve
  return { total, share, reserve, waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 1_000 } }
}

/** How what connections keep of memory beyond the usual is divided among accounts, in bytes. */
export function connectionMemoryLimits(total: number): BulkheadLimits {
  return { total, share: Math.floor(total / 2), reserve: Math.floor(total / 10) }
}

/** A usual handshake has less. */
const usualHandshakeBytes = 8 * 1024
/** OpenSSL and Node keep a chain, and what else comes in a handshake, at about so many times its length. */
const keptPerByte = 7
/** For how many times as long as a look for idle connections has taken there is no other one. */
const restFactor = 20

export interface ConnectionPlace extends Pick<Permit, 'release'> {
  /** The connection is there: its place is released when it has closed. @param handshakeBytes what its target sent */
  holdFor(socket: TLSSocket, handshakeBytes: number): void
}

export interface OpenConnection {
  /** Whose it is, while it carries nothing and may be asked to give way. */
  readonly idleOf: string | undefined
  /** It closes if it is idle and has to. */
  giveWay(): void
}

/**
 * The places of connections to targets: each has a descriptor of the process, and a target may keep what it cost
 * OpenSSL for as long as it likes. For whoever waits for one, a connection closes that is idle or becomes so: of the
 * account itself, or of those that have most. One that takes much memory is kept while its account's share of that
 * lasts.
 */
export class ConnectionPlaces {
  readonly #places: Bulkhead
  readonly #memory: Bulkhead
  readonly #open: Iterable<OpenConnection>
  /** Those that close after their calls. */
  readonly #notKept = new Set<TLSSocket>()
  /** Connections that are closing for those that wait, and how many of them for their own account. */
  #closing = 0
  readonly #closingForOwn = new Map<AccountId, number>()
  #later: NodeJS.Timeout | undefined

  /**
   * @param places divided by {@link connectionPlaceLimits}
   * @param memory divided by {@link connectionMemoryLimits}
   * @param open all connections
   */
  constructor(places: Bulkhead, memory: Bulkhead, open: Iterable<OpenConnection>) {
    this.#places = places
    this.#memory = memory
    this.#open = open
  }

  /** @throws CodedError `TOO_MANY_CALLS`: all of the account's connections are in use, or all that others could give */
  take(accountId: AccountId, until: Closable): MaybePromise<ConnectionPlace> {
    const place = this.#places.acquire(accountId, 1, until)
    if (!isPromise(place)) return this.#hold(accountId, place)
    if (this.#later === undefined) this.#look()
    return place.then((permit) => this.#hold(accountId, permit))
  }

  /**
   * Whether a connection of the account that nobody of its own pool needs has to close: for somebody who waits, or as
   * it would keep too much memory. Whoever asks closes it. Costs next to nothing while nobody waits.
   */
  giveWay(accountId: AccountId, socket: TLSSocket): boolean {
    if (this.#notKept.size > 0 && this.#notKept.has(socket)) return true
    const places = this.#places
    if (places.waiting <= this.#closing) return false
    const forOwn = this.#closingForOwn.get(accountId) ?? 0
    const next = places.nextOwner
    // Those who have their whole share wait in vain for what others give.
    if (places.waitingOf(accountId) > forOwn) this.#closingForOwn.set(accountId, forOwn + 1)
    else if (next === undefined || places.heldBy(next) >= places.heldBy(accountId)) return false
    this.#closing += 1
    return true
  }

  #hold(accountId: AccountId, permit: Permit): ConnectionPlace {
    const release = () => {
      this.#closing = Math.max(0, this.#closing - 1)
      const forOwn = this.#closingForOwn.get(accountId) ?? 0
      if (forOwn > 1) this.#closingForOwn.set(accountId, forOwn - 1)
      else this.#closingForOwn.delete(accountId)
      permit.release()
    }
    return {
      release,
      holdFor: (socket, handshakeBytes) => {
        const bytes = keptPerByte * (handshakeBytes - usualHandshakeBytes)
        const memory = bytes > 0 ? this.#memory.tryAcquire(accountId, bytes) : undefined
        if (bytes > 0 && memory === undefined) this.#notKept.add(socket)
        const onClose = () => {
          memory?.release()
          this.#notKept.delete(socket)
          release()
        }
        if (socket.destroyed) onClose()
        else socket.once('close', onClose)
      },
    }
  }

  /** Takes 8 ms where 20,000 are idle and none gives way: so there is no other look for a while. */
  readonly #look = (): void => {
    this.#later = undefined
    const places = this.#places
    if (places.waiting <= this.#closing) return
    const began = performance.now()
    const next = places.nextOwner
    const least = next === undefined ? Number.POSITIVE_INFINITY : places.heldBy(next)
    const byHeld = Map.groupBy(this.#open, ({ idleOf: owner }) => {
      if (owner === undefined) return 0
      if (places.waitingOf(owner) > 0) return Number.POSITIVE_INFINITY
      const held = places.heldBy(owner)
      return held > least ? held : 0
    })
    byHeld.delete(0)
    // Whoever has most may have few that are idle: then others close, too, as long as somebody waits for them.
    for (const held of [...byHeld.keys()].sort((one, other) => other - one)) {
      for (const connection of byHeld.get(held) ?? []) connection.giveWay()
    }
    this.#later = setTimeout(this.#look, restFactor * (performance.now() - began)).unref()
  }
}
