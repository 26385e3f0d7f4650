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
/** Requests that were sent before the browser had the new cookie get the same new session for this long. */
const keptMs = 60_000
/** How long another instance may take. */
const leaseMs = 30_000

/**
 * Renews sessions at the identity provider, each once however many requests come at the same time: a provider takes a
 * refresh token that comes twice for a stolen one, and ends the session.
 */
export class Refresher {
  readonly #options: RefresherOptions
  readonly #renewed = new Map<string, { readonly session: Promise<Session>; readonly until: number }>()

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /**
   * The same session unless its token is about to expire.
   * @throws CodedError `SESSION_REQUIRED`, `SESSION_REFRESHING`, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async fresh(session: Session): Promise<Session> {
    const { refreshToken, tokenExpiresAt } = session
    if (refreshToken === undefined || tokenExpiresAt === null) return session
    if (tokenExpiresAt - Date.now() > earlyMs) return session
    const key = createHash('sha256').update(refreshToken).update(session.token).digest('base64url')
    this.#forget()
    const known = this.#renewed.get(key)
    if (known) return known.session
    const renewing = this.#renew(session, refreshToken, key)
    this.#renewed.set(key, { session: renewing, until: performance.now() + keptMs })
    // Whoever did not get a new one may try again.
    renewing.then(
      (renewed) => renewed === session && this.#renewed.delete(key),
      () => this.#renewed.delete(key),
    )
    return renewing
  }

  async #renew(session: Session, refreshToken: string, key: string): Promise<Session> {
    const lease = await this.#lease(key)
    // Another instance does it, and its answer brings the browser the new session.
    if (lease === undefined) return stillGood(session) ?? Promise.reject(refreshing())
    try {
      const { token, tokenExpiresAt, ...more } = await this.#options.provider.refresh(refreshToken)
      this.#options.onRefresh('renewed')
      return { ...session, token, tokenExpiresAt, refreshToken: more.refreshToken ?? refreshToken }
    } catch (error) {
      const isOver = isCodedError(error) && error.code === 'SESSION_REQUIRED'
      this.#options.onRefresh(isOver ? 'refused' : 'failed')
      this.#options.log.warn({ event: 'refresh-failed', err: error })
      await lease?.release().catch(() => undefined)
      const current = isOver ? undefined : stillGood(session)
      if (current === undefined) throw error
      return current
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
    for (const [key, { until }] of this.#renewed) if (until <= now) this.#renewed.delete(key)
  }
}

/** As long as its token can still be used. */
function stillGood(session: Session): Session | undefined {
  return (session.tokenExpiresAt ?? 0) > Date.now() ? session : undefined
}

function refreshing(): CodedError {
  return new CodedError('SESSION_REFRESHING', 'Your session is being renewed. Try again in a moment.', {
    retryAfterSeconds: 1,
  })
}
