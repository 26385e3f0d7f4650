import { isStoreError, StoreError } from '../port.ts'
import { untilDeadline } from './deadline.ts'
import type { Lease, Login } from './login.ts'
import type { VaultClient } from './vault-client.ts'
import { isVaultFailure, VaultFailure } from './vault-failure.ts'

/** Vault locks out who is refused often (5 times in 15 minutes by default), so the same credential is not tried at once again. */
const refusalPauseMs = 3_000

/** Logs in, and remembers a refusal: until a while is over, or the credential is another, it stands. */
export class LoginAttempts {
  readonly #client: VaultClient
  readonly #login: Login
  #refusal: { readonly credential: string; readonly until: number; readonly failure: VaultFailure } | undefined

  constructor(client: VaultClient, login: Login) {
    this.#client = client
    this.#login = login
  }

  /** @throws VaultFailure `refused`, `not-done` or `unknown` only; StoreError if the credential can't be read */
  async logIn(deadline: AbortSignal): Promise<Lease> {
    const credential = await untilDeadline(this.#readCredential(), deadline)
    const refusal = this.#refusal
    if (refusal?.credential === credential && performance.now() < refusal.until) throw refusal.failure
    try {
      const lease = await this.#client.call(deadline, (vault) => this.#login.login(vault, credential))
      this.#refusal = undefined
      return lease
    } catch (error) {
      if (!isVaultFailure(error) || error.kind === 'not-done' || error.kind === 'unknown') throw error
      // Another kind would be taken for what became of the secret: "missing" above all.
      const failure = new VaultFailure('refused', `Vault refused the login. ${error.message}`)
      this.#refusal = { credential, until: performance.now() + refusalPauseMs, failure }
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
