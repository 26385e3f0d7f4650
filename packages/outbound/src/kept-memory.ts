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

/** What connections keep of memory because their targets sent more than usual in their handshakes. */
export class KeptMemory {
  readonly #most: ExtraBytes
  readonly #ofAccounts = new Map<AccountId, number>()
  #ofAll = 0
  readonly #keeping = new WeakSet<TLSSocket>()

  constructor(most = unbounded) {
    this.#most = most
  }

  /** @returns to be called when the connection has closed */
  add(accountId: AccountId, socket: TLSSocket, handshakeBytes: number): () => void {
    const bytes = keptPerByte * Math.max(0, handshakeBytes - usualHandshakeBytes)
    if (bytes === 0) return () => {}
    this.#keeping.add(socket)
    this.#change(accountId, bytes)
    return () => this.#change(accountId, -bytes)
  }

  /** Whether a connection is one of those that keep too much together. Costs next to nothing where none keeps more. */
  isTooMuch(accountId: AccountId, socket: TLSSocket): boolean {
    if (this.#ofAll === 0 || !this.#keeping.has(socket)) return false
    return this.#ofAll > this.#most.ofAll || (this.#ofAccounts.get(accountId) ?? 0) > this.#most.ofAccount
  }

  #change(accountId: AccountId, bytes: number): void {
    this.#ofAll += bytes
    const ofAccount = (this.#ofAccounts.get(accountId) ?? 0) + bytes
    if (ofAccount === 0) this.#ofAccounts.delete(accountId)
    else this.#ofAccounts.set(accountId, ofAccount)
  }
}
