import type { TLSSocket } from 'node:tls'
import type { Bulkhead, BulkheadLimits, Closable, Permit } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import { type ExtraBytes, type KeptConnection, KeptMemory } from './kept-memory.ts'

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

export interface ConnectionPlace extends Pick<Permit, 'release'> {
  /** The connection is there. @param handshakeBytes what its target sent in the handshake */
  noteOpen(socket: TLSSocket, handshakeBytes: number): void
}

/** A place of an account, and those of its connections that nobody needs now. */
export interface AccountPlaces {
  /** @throws CodedError `TOO_MANY_CALLS`: all of the account's connections are in use, or all that others could give */
  take(until: Closable): MaybePromise<ConnectionPlace>
  /**
   * Whether a connection of the account that nobody of its own pool needs has to close: for somebody who waits, or as
   * it keeps too much memory. Whoever asks closes it. Costs next to nothing while nobody waits.
   */
  giveWay(connection: KeptConnection): boolean
}

/** For how many times as long as a look through all accounts takes there is no other: it is a twentieth of the time. */
const restFactor = 20

/** What an account has, and what it waits for. */
interface Account {
  readonly id: AccountId
  held: number
  waiting: number
  /** Places that others, or it itself, are about to give up for it. */
  coming: number
  /** For whom its connections that are closing now give way. */
  readonly owes: Account[]
}

/**
 * The places of connections to targets: each has a descriptor of the process, and a target may keep what it cost
 * OpenSSL for as long as it likes. For whoever waits for one, a connection closes that is idle or becomes so: of the
 * account itself, and where that has not its whole share yet, of the account that has most, and more than it.
 */
export class ConnectionPlaces {
  readonly #places: Bulkhead
  readonly #closeIdle: (accountId: AccountId) => boolean
  readonly #memory: KeptMemory
  /** Those that have a place, or wait for one. */
  readonly #accounts = new Map<AccountId, Account>()
  readonly #waiting = new Set<Account>()
  /** Since the last look through all accounts; meanwhile there is no other. */
  #rest: NodeJS.Timeout | undefined
  #isLookWanted = false

  /**
   * @param closeIdle begins to close a connection of the account that carries nothing; false: there is none
   * @param most what connections may keep of memory
   */
  constructor(places: Bulkhead, closeIdle: (accountId: AccountId) => boolean, most?: ExtraBytes) {
    this.#places = places
    this.#closeIdle = closeIdle
    this.#memory = new KeptMemory(most)
  }

  of(accountId: AccountId): AccountPlaces {
    return new PlacesOfAccount(this, accountId)
  }

  /** As {@link AccountPlaces.giveWay}, for a connection of this account. */
  giveWay(accountId: AccountId, connection: KeptConnection): boolean {
    return this.#memory.isTooMuch(accountId, connection) || (this.#waiting.size > 0 && this.#giveWay(accountId))
  }

  /** As {@link AccountPlaces.take}, for this account. */
  take(accountId: AccountId, until: Closable): MaybePromise<ConnectionPlace> {
    const place = this.#places.acquire(accountId, 1, until)
    const account = this.#accounts.get(accountId) ?? { id: accountId, held: 0, waiting: 0, coming: 0, owes: [] }
    this.#accounts.set(accountId, account)
    return isPromise(place) ? this.#wait(account, place) : this.#hold(account, place)
  }

  async #wait(account: Account, place: Promise<Permit>): Promise<ConnectionPlace> {
    // Where it has waited in vain before, what became idle meanwhile was given to it already.
    const isFirst = !lacks(account)
    account.waiting++
    this.#waiting.add(account)
    if (isFirst) this.#makeRoom(account)
    try {
      return this.#hold(account, await place)
    } finally {
      account.waiting--
      if (account.waiting === 0) this.#waiting.delete(account)
      this.#forgetUnused(account)
    }
  }

  #hold(account: Account, permit: Permit): ConnectionPlace {
    account.held++
    let forget = () => {}
    return {
      noteOpen: (socket, handshakeBytes) => {
        forget = this.#memory.add(account.id, socket, handshakeBytes)
      },
      release: () => {
        permit.release()
        forget()
        account.held--
        const taker = account.owes.shift()
        if (taker !== undefined) this.#given(taker)
        this.#forgetUnused(account)
      },
    }
  }

  /**
   * Somebody else may have got the place, who comes first: then one more connection closes, rather than too few.
   * Whoever has one knows it a moment later.
   */
  #given(taker: Account): void {
    taker.coming--
    queueMicrotask(() => {
      if (lacks(taker)) this.#makeRoom(taker)
    })
  }

  #makeRoom(taker: Account): void {
    if (this.#closeFor(taker, taker) || this.#places.hasWholeShare(taker.id)) return
    if (!this.#wasLookedForInVain(taker)) this.#lookAround()
  }

  /**
   * By somebody who waits still, and could have had what this one can: what became idle since was given to that one, or
   * is found when the rest is over.
   */
  #wasLookedForInVain(taker: Account): boolean {
    for (const each of this.#waiting) {
      if (each !== taker && each.held <= taker.held && this.#canUse(each)) return true
    }
    return false
  }

  /** For all that wait. With 20,000 identities it takes 13 ms to find that none is idle. */
  #lookAround(): void {
    if (this.#rest !== undefined) {
      this.#isLookWanted = true
      return
    }
    this.#isLookWanted = false
    const began = performance.now()
    const takers = [...this.#waiting].filter((each) => this.#canUse(each)).sort((a, b) => a.held - b.held)
    const givers = [...this.#accounts.values()].sort((a, b) => kept(b) - kept(a)).values()
    let giver = givers.next().value
    for (const taker of takers) {
      while (giver !== undefined && lacks(taker)) {
        const gives = kept(giver) > taker.held && this.#closeFor(giver, taker)
        if (!gives) giver = givers.next().value
      }
    }
    this.#rest = setTimeout(this.#endRest, restFactor * (performance.now() - began)).unref()
  }

  readonly #endRest = (): void => {
    this.#rest = undefined
    if (this.#isLookWanted) this.#lookAround()
  }

  #closeFor(giver: Account, taker: Account): boolean {
    if (!this.#closeIdle(giver.id)) return false
    owe(giver, taker)
    return true
  }

  #giveWay(accountId: AccountId): boolean {
    const giver = this.#accounts.get(accountId)
    const taker = giver && this.#takerFor(giver)
    if (giver === undefined || taker === undefined) return false
    owe(giver, taker)
    return true
  }

  #takerFor(giver: Account): Account | undefined {
    if (lacks(giver)) return giver
    for (const each of this.#waiting) if (each.held < kept(giver) && this.#canUse(each)) return each
    return undefined
  }

  /** Whether it would get a place that another account gives up. */
  #canUse(account: Account): boolean {
    return lacks(account) && !this.#places.hasWholeShare(account.id)
  }

  #forgetUnused({ id, held, waiting, owes }: Account): void {
    if (held + waiting + owes.length === 0) this.#accounts.delete(id)
  }
}

/** One for each identity, of which there are many: a closure for each method would be more to fetch with each call. */
class PlacesOfAccount implements AccountPlaces {
  readonly #places: ConnectionPlaces
  readonly #accountId: AccountId

  constructor(places: ConnectionPlaces, accountId: AccountId) {
    this.#places = places
    this.#accountId = accountId
  }

  take(until: Closable): MaybePromise<ConnectionPlace> {
    return this.#places.take(this.#accountId, until)
  }

  giveWay(connection: KeptConnection): boolean {
    return this.#places.giveWay(this.#accountId, connection)
  }
}

/** Whether it waits for more places than are about to be given up for it. */
function lacks({ waiting, coming }: Account): boolean {
  return waiting > coming
}

/** What it has but for what it is giving up. */
function kept({ held, owes }: Account): number {
  return held - owes.length
}

function owe(giver: Account, taker: Account): void {
  giver.owes.push(taker)
  taker.coming++
}
