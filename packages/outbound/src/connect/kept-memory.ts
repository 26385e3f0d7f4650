import type { TLSSocket } from 'node:tls'
import type { AccountId } from '@mtls-gateway/domain'

/** What connections may keep of memory beyond what a usual one does while they are idle, in bytes. */
export interface ExtraBytes {
  readonly ofAccount: number
  readonly ofAll: number
}

/** A usual handshake has less. */
const usualHandshakeBytes = 8 * 1024
/** OpenSSL and Node keep a chain, and what else comes in a handshake, at about so many times its length. */
const keptPerByte = 7

const unbounded: ExtraBytes = { ofAccount: Number.POSITIVE_INFINITY, ofAll: Number.POSITIVE_INFINITY }

/** A connection that its pool has had back. */
export interface KeptConnection {
  readonly socket: TLSSocket
  /** It carries nothing, and can be closed. */
  readonly isIdle: boolean
  destroy(): void
}

interface Keeper {
  readonly bytes: number
  /** Undefined until it has carried its first call. */
  connection: KeptConnection | undefined
}

interface Account {
  bytes: number
  readonly keepers: Map<TLSSocket, Keeper>
}

/**
 * What connections keep of memory because their targets sent more than usual in their handshakes. Beyond what all may
 * keep, only accounts that keep more than an equal share of it close some: whoever keeps little loses nothing. What
 * those leave of their shares is the others', or many that keep next to nothing would make everyone's share as small.
 */
export class KeptMemory {
  readonly #most: ExtraBytes
  /** Those with connections that keep more than usual. */
  readonly #accounts = new Map<AccountId, Account>()
  readonly #equalShare = new EqualShare()
  #ofAll = 0

  constructor(most = unbounded) {
    this.#most = most
  }

  /** @returns to be called when the connection has closed */
  add(accountId: AccountId, socket: TLSSocket, handshakeBytes: number): () => void {
    const bytes = keptPerByte * Math.max(0, handshakeBytes - usualHandshakeBytes)
    if (bytes === 0) return () => {}
    const account = this.#accounts.get(accountId) ?? { bytes: 0, keepers: new Map() }
    this.#accounts.set(accountId, account)
    account.keepers.set(socket, { bytes, connection: undefined })
    this.#change(account, bytes)
    this.#makeRoom()
    return () => this.#forget(accountId, socket)
  }

  /**
   * Whether a connection that is idle now is one of those that keep too much together: whoever asks closes it. Costs
   * next to nothing where none keeps more.
   */
  isTooMuch(accountId: AccountId, connection: KeptConnection): boolean {
    if (this.#ofAll === 0) return false
    const account = this.#accounts.get(accountId)
    const keeper = account?.keepers.get(connection.socket)
    if (account === undefined || keeper === undefined) return false
    keeper.connection = connection
    const isTooMuch = account.bytes > this.#most.ofAccount || (this.#isFull && account.bytes > this.#share)
    if (isTooMuch) this.#forget(accountId, connection.socket)
    return isTooMuch
  }

  /** Those that are in use close after their calls. */
  #makeRoom(): void {
    if (!this.#isFull) return
    let share = this.#share
    for (const [accountId, account] of this.#accounts) {
      if (account.bytes <= share) continue
      for (const [socket, { connection }] of account.keepers) {
        if (!connection?.isIdle) continue
        this.#forget(accountId, socket)
        connection.destroy()
        if (!this.#isFull) return
        share = this.#share
        if (account.bytes <= share) break
      }
    }
  }

  get #isFull(): boolean {
    return this.#ofAll > this.#most.ofAll
  }

  /** What one may keep while they keep too much together. */
  get #share(): number {
    return this.#equalShare.of(this.#most.ofAll)
  }

  #change(account: Account, bytes: number): void {
    this.#equalShare.change(account.bytes, account.bytes + bytes)
    account.bytes += bytes
    this.#ofAll += bytes
  }

  #forget(accountId: AccountId, socket: TLSSocket): void {
    const account = this.#accounts.get(accountId)
    const keeper = account?.keepers.get(socket)
    if (account === undefined || keeper === undefined) return
    account.keepers.delete(socket)
    this.#change(account, -keeper.bytes)
    if (account.keepers.size === 0) this.#accounts.delete(accountId)
  }
}

/**
 * What each of many may have of a whole, where those that have less leave the rest of their shares to the others. Those
 * that have about the same, within a factor of two, are looked at together: it costs as little with many as with few.
 */
class EqualShare {
  /** By how often their bytes can be halved. */
  readonly #groups: { count: number; bytes: number }[] = []
  #count = 0

  /** Somebody's bytes are no longer the same: zero is nobody. */
  change(before: number, after: number): void {
    this.#add(before, -1)
    this.#add(after, 1)
  }

  of(whole: number): number {
    let left = whole
    let count = this.#count
    for (const [halvings, group] of this.#groups.entries()) {
      if (left / count < 2 ** (halvings + 1)) break
      left -= group.bytes
      count -= group.count
    }
    return count === 0 ? whole : left / count
  }

  #add(bytes: number, sign: 1 | -1): void {
    if (bytes === 0) return
    const halvings = Math.floor(Math.log2(bytes))
    while (this.#groups.length <= halvings) this.#groups.push({ count: 0, bytes: 0 })
    const group = this.#groups[halvings]
    if (group === undefined) return
    group.count += sign
    group.bytes += sign * bytes
    this.#count += sign
  }
}
