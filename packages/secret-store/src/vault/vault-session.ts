import type Vault from 'hashi-vault-js'
import { StoreError } from '../port/secret-store.ts'
import { loginOf } from './login.ts'
import { LoginAttempts } from './login-attempts.ts'
import { checkServerOptions, type VaultAuth, type VaultServerOptions } from './options.ts'
import { withRetries } from './retry.ts'
import { type AxiosRequest, VaultClient } from './vault-client.ts'
import { type FailureKind, isVaultFailure } from './vault-failure.ts'
import { VaultToken } from './vault-token.ts'

export type VaultRequest<T> = (vault: Vault, token: string, axios: AxiosRequest) => PromiseLike<T>

/** Requests to Vault with a token of one login, whatever the engine is that they are for. */
export class VaultSession {
  readonly #client: VaultClient
  readonly #token: VaultToken
  #closed = false

  /** Takes client and token over: {@link close} closes them. */
  constructor(client: VaultClient, token: VaultToken) {
    this.#client = client
    this.#token = token
  }

  /**
   * @param retried failures after which the request is sent again
   * @param signal ends it before its deadline
   * @throws VaultFailure; StoreError `unavailable`: it is closed, or the credential can't be read
   */
  async ask<T>(retried: readonly FailureKind[], request: VaultRequest<T>, signal?: AbortSignal): Promise<T> {
    await this.#client.loaded()
    const limit = AbortSignal.timeout(this.#client.deadlineMs)
    const deadline = signal === undefined ? limit : AbortSignal.any([signal, limit])
    return withRetries(retried, deadline, () => this.#send(request, deadline))
  }

  close(): void {
    this.#closed = true
    this.#token.close()
    this.#client.close()
  }

  async #send<T>(request: VaultRequest<T>, deadline: AbortSignal): Promise<T> {
    if (this.#closed) throw new StoreError('unavailable', 'The store is closed.')
    const sendWith = (token: string) => this.#client.call(deadline, (vault, axios) => request(vault, token, axios))
    const token = await this.#token.get(deadline)
    try {
      return await sendWith(token)
    } catch (error) {
      if (!isVaultFailure(error, 'forbidden') || !(await this.#token.isGone(token, deadline))) throw error
      return sendWith(await this.#token.get(deadline))
    }
  }
}

export interface VaultSessionOptions extends VaultServerOptions {
  readonly auth: VaultAuth
}

/**
 * Connects and logs in with the first request, so that services start while Vault is down.
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function openVaultSession(options: VaultSessionOptions): VaultSession {
  checkServerOptions(options)
  const login = loginOf(options.auth)
  const client = new VaultClient(options)
  return new VaultSession(client, new VaultToken(client, new LoginAttempts(client, login)))
}
