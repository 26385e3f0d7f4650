import type { Log } from '@mtls-gateway/service-kit'
import type { Session } from '../session/session.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** Ends sessions at the identity provider too. */
export class SignOut {
  readonly #provider: IdentityProvider
  readonly #log: Log

  constructor(provider: IdentityProvider, log: Log) {
    this.#provider = provider
    this.#log = log
  }

  /** @returns where the browser should go next; undefined if there is nothing to end there. Never rejects. */
  async begin({ via, refreshToken, logoutHint }: Session): Promise<string | undefined> {
    if (via !== 'oidc') return undefined
    return this.#unlessItFails(async () => {
      // A provider that does not answer this would leave the person on an error of the browser.
      if (refreshToken !== undefined) await this.#provider.revoke(refreshToken)
      return this.#provider.endSessionUrl(logoutHint)
    })
  }

  /** Makes the tokens of a session void, where the provider can. Never rejects. */
  async revoke({ refreshToken }: Session): Promise<void> {
    if (refreshToken !== undefined) await this.#unlessItFails(() => this.#provider.revoke(refreshToken))
  }

  /** Here the session has ended in any case. */
  async #unlessItFails<T>(step: () => Promise<T>): Promise<T | undefined> {
    return step().catch((err: unknown) => {
      this.#log.warn({ event: 'sign-out-failed', err })
      return undefined
    })
  }
}
