import { createHash } from 'node:crypto'
import type { Lease, Leases } from '@mtls-gateway/coordination'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import type { Log } from '@mtls-gateway/service-kit'
import type { Session } from '../session/session.ts'
import type { IdentityProvider } from './identity-provider.ts'

export interface RefresherOptions {
  readonly provider: Pick<IdentityProvider, 'refresh'>
  readonly leases: Leases
  readonly log: Log
  readonly onRefresh: (result: RefreshResult) => void
}

export const refreshResults = ['renewed', 'refused', 'failed'] as const
export type RefreshResult = (typeof refreshResults)[number]

/** A token is renewed this long before it expires. */
const earlyMs = 60_000
/** A browser that has not got the new cookie, since the answer was slow or lost, gets the same new session so long. */
const keptMs = 300_000
/** As long as others can do with the token that they have. */
const leaseMs = earlyMs

/**
 * Renews sessions at the identity provider, each once however many requests come at the same time: a provider takes a
 * refresh token that comes twice for a stolen one, and ends the session.
 */
export class Refresher {
  readonly #options: RefresherOptions
  readonly #renewals = new Map<string, { readonly renewed: Promise<Session>; readonly until: number }>()

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /**
   * The same session unless its token is about to expire. If renewing fails, the session lasts as long as its token:
   * the provider's answer may have been lost, and the provider then refuses a second attempt.
   * @throws CodedError `SESSION_REQUIRED`, `SESSION_REFRESHING`, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async fresh(session: Session): Promise<Session> {
    const { refreshToken, tokenExpiresAt } = session
    if (refreshToken === undefined || tokenExpiresAt === null) return session
    if (tokenExpiresAt - Date.now() > earlyMs) return session
    const key = createHash('sha256').update(refreshToken).update(session.token).digest('base64url')
    this.#forget()
    const known = this.#renewals.get(key)
    const renewed = known?.renewed ?? this.#begin(session, refreshToken, key)
    return renewed.catch((error: unknown) => {
      if (isStillGood(session)) return session
      throw error
    })
  }

  #begin(session: Session, refreshToken: string, key: string): Promise<Session> {
    const renewed = this.#renew(session, refreshToken, key)
    this.#renewals.set(key, { renewed, until: performance.now() + keptMs })
    // Whoever did not get a new one may try again, unless the provider has refused: it would do so each time.
    renewed.catch((error: unknown) => isRefusal(error) || this.#renewals.delete(key))
    return renewed
  }

  async #renew(session: Session, refreshToken: string, key: string): Promise<Session> {
    const lease = await this.#lease(key)
    // Another instance does it, and its answer brings the browser the new session.
    if (lease === undefined) throw refreshing()
    try {
      const renewed = await this.#options.provider.refresh(refreshToken)
      this.#options.onRefresh('renewed')
      return {
        ...session,
        token: renewed.token,
        tokenExpiresAt: renewed.tokenExpiresAt ?? assumedExpiry(session),
        refreshToken: renewed.refreshToken ?? refreshToken,
      }
    } catch (error) {
      this.#options.onRefresh(isRefusal(error) ? 'refused' : 'failed')
      this.#options.log.warn({ event: 'refresh-failed', err: error })
      await lease?.release().catch(() => undefined)
      throw error
    }
  }

  /** Undefined if another instance has it; null without a word from Redis, which must not sign anybody out. */
  async #lease(key: string): Promise<Lease | null | undefined> {
    try {
      return await this.#options.leases.acquire(`console-refresh:${key}`, leaseMs)
    } catch {
      return null
    }
  }

  #forget(): void {
    const now = performance.now()
    for (const [key, { until }] of this.#renewals) if (until <= now) this.#renewals.delete(key)
  }
}

function isStillGood({ tokenExpiresAt }: Session): boolean {
  return (tokenExpiresAt ?? 0) > Date.now()
}

function isRefusal(error: unknown): boolean {
  return isCodedError(error) && error.code === 'SESSION_REQUIRED'
}

/** A provider need not say how long a token lasts (RFC 6749 section 5.1): as long as the first one, then. */
function assumedExpiry({ tokenLifetimeMs }: Session): number | null {
  return tokenLifetimeMs === undefined ? null : Date.now() + tokenLifetimeMs
}

function refreshing(): CodedError {
  return new CodedError('SESSION_REFRESHING', 'Your session is being renewed. Try again in a moment.', {
    retryAfterSeconds: 1,
  })
}
