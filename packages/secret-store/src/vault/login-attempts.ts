import { isStoreError, StoreError } from '../port/secret-store.ts'
import { untilDeadline } from './deadline.ts'
import type { Lease, Login } from './login.ts'
import type { VaultClient } from './vault-client.ts'
import { isVaultFailure, VaultFailure } from './vault-failure.ts'

/**
 * Before a credential that was refused is tried again, doubled with each refusal: where Vault's user lockout is on,
 * five of them in 15 minutes close the role to every instance, whatever their credentials.
 */
const firstPauseMs = 3_000
const longestPauseMs = 60_000

interface Refusal {
  readonly credential: string
  readonly pauseMs: number
  readonly until: number
  readonly failure: VaultFailure
}

/** Logs in, and remembers a refusal: until a while is over, or the credential is another, it stands. */
export class LoginAttempts {
  readonly #client: VaultClient
  readonly #login: Login
  #refusal: Refusal | undefined

  constructor(client: VaultClient, login: Login) {
    this.#client = client
    this.#login = login
  }

  /** @throws VaultFailure `no-login`, `not-done` or `unknown` only; StoreError if the credential can't be read */
  async logIn(deadline: AbortSignal): Promise<Lease> {
    const credential = await untilDeadline(this.#readCredential(), deadline)
    const refusal = this.#refusal?.credential === credential ? this.#refusal : undefined
    if (refusal !== undefined && performance.now() < refusal.until) throw refusal.failure
    try {
      const lease = await this.#client.call(deadline, (vault) => this.#login.login(vault, credential))
      this.#refusal = undefined
      return lease
    } catch (error) {
      if (!isVaultFailure(error) || error.kind === 'not-done' || error.kind === 'unknown') throw error
      // Another kind would be taken for what became of the secret: "missing" above all.
      const failure = new VaultFailure('no-login', `Vault refused the login. ${error.message}`)
      const pauseMs = refusal === undefined ? firstPauseMs : Math.min(2 * refusal.pauseMs, longestPauseMs)
      this.#refusal = { credential, pauseMs, until: performance.now() + pauseMs, failure }
      throw failure
    }
  }

  async #readCredential(): Promise<string> {
    const credential = await this.#login.credential().catch((error: unknown) => {
      // Not passed on: nobody knows what is in it.
      throw isStoreError(error) ? error : new StoreError('unavailable', "The credential for Vault can't be read.")
    })
    if (credential === '') throw new StoreError('unavailable', 'The credential for Vault is empty.')
    return credential
  }
}
