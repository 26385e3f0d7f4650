import type { Log } from '@mtls-gateway/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type CookieRules, cookieName, cookiesOf, setCookie } from '../session/cookies.ts'
import type { Seal } from '../session/seal.ts'
import type { Session } from '../session/session.ts'
import type { IdentityProvider } from './identity-provider.ts'

export const signOutSchema = z.object({ idToken: z.string() })

export const signOutPath = '/console/oidc/end-session'

export interface SignOutOptions {
  readonly provider: IdentityProvider
  readonly seal: Seal<z.infer<typeof signOutSchema>>
  readonly cookieRules: CookieRules
  readonly log: Log
}

const lifetimeSeconds = 60
/** A larger one has no room in a cookie: the provider then asks who signs out. */
const mostLength = 3_800

/** Ends sessions at the identity provider too. The page never sees the ID token that tells the provider whose. */
export class SignOut {
  readonly #options: SignOutOptions
  readonly #name: string

  constructor(options: SignOutOptions) {
    this.#options = options
    this.#name = cookieName('sign-out', options.cookieRules)
  }

  /** @returns where the browser should go next; undefined if there is nothing to end there */
  async begin(reply: FastifyReply, { via, refreshToken, idToken }: Session): Promise<string | undefined> {
    if (via !== 'oidc') return undefined
    const { provider, seal, log } = this.#options
    try {
      if (refreshToken !== undefined) await provider.revoke(refreshToken)
      if ((await provider.endSessionUrl(undefined)) === undefined) return undefined
    } catch (err) {
      // Here it has ended anyway.
      log.warn({ event: 'sign-out-failed', err })
      return undefined
    }
    const sealed = idToken === undefined ? '' : await seal.close({ idToken })
    if (sealed !== '' && sealed.length <= mostLength)
      void reply.header('set-cookie', this.#cookie(sealed, lifetimeSeconds))
    return signOutPath
  }

  /** Makes the tokens of a session void, where the provider can. Never rejects. */
  async revoke({ refreshToken }: Session): Promise<void> {
    const { provider, log } = this.#options
    if (refreshToken === undefined) return
    await provider.revoke(refreshToken).catch((err: unknown) => log.warn({ event: 'sign-out-failed', err }))
  }

  /** On its way to the provider. @throws CodedError `IDENTITY_PROVIDER_UNAVAILABLE` */
  async leave({ raw }: FastifyRequest, reply: FastifyReply): Promise<string> {
    const sealed = cookiesOf(raw).get(this.#name)
    const known = sealed === undefined ? undefined : await this.#options.seal.open(sealed)
    if (sealed !== undefined) void reply.header('set-cookie', this.#cookie('', 0))
    return (await this.#options.provider.endSessionUrl(known?.idToken)) ?? '/sign-in'
  }

  #cookie(value: string, maxAgeSeconds: number): string {
    return setCookie(this.#name, value, { sameSite: 'Strict', maxAgeSeconds }, this.#options.cookieRules)
  }
}
