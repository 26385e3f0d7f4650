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
 * keep, only accounts that keep more than an equal share of it close some: whoever keeps little loses nothing.
 */
export class KeptMemory {
  readonly #most: ExtraBytes
  /** Those with connections that keep more than usual. */
  readonly #accounts = new Map<AccountId, Account>()
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
    account.bytes += bytes
    this.#ofAll += bytes
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
    const isTooMuch = account.bytes > this.#most.ofAccount || this.#isToGiveWay(account)
    if (isTooMuch) this.#forget(accountId, connection.socket)
    return isTooMuch
  }

  /** Those that are in use close after their calls. */
  #makeRoom(): void {
    if (this.#ofAll <= this.#most.ofAll) return
    for (const [accountId, account] of this.#accounts) {
      for (const [socket, { connection }] of account.keepers) {
        if (!this.#isToGiveWay(account)) break
        if (!connection?.isIdle) continue
        this.#forget(accountId, socket)
        connection.destroy()
      }
    }
  }

  #isToGiveWay({ bytes }: Account): boolean {
    return this.#ofAll > this.#most.ofAll && bytes > this.#most.ofAll / this.#accounts.size
  }

  #forget(accountId: AccountId, socket: TLSSocket): void {
    const account = this.#accounts.get(accountId)
    const keeper = account?.keepers.get(socket)
    if (account === undefined || keeper === undefined) return
    account.keepers.delete(socket)
    account.bytes -= keeper.bytes
    this.#ofAll -= keeper.bytes
    if (account.keepers.size === 0) this.#accounts.delete(accountId)
  }
}
