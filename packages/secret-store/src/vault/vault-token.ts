import { untilDeadline } from './deadline.ts'
import { type Lease, leaseOf } from './login.ts'
import type { LoginAttempts } from './login-attempts.ts'
import type { VaultClient } from './vault-client.ts'
import { isVaultFailure } from './vault-failure.ts'

interface HeldToken extends Lease {
  /** In ms of `performance.now()`. */
  readonly since: number
  readonly expiresAt: number
  /** What it lived for when it was new: a renewal that gives much less is close to the token's last end. */
  readonly fullTtlSeconds: number
}

/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1
/** At most one login or look-up a second because of answers of 403, while the token lasts. */
const settledMs = 1_000

/**
 * The token that the calls use: got by the first of them, renewed well before it expires, got anew when renewal ends or
 * the token is gone. However many calls need one, there is one login at a time.
 */
export class VaultToken {
  readonly #client: VaultClient
  readonly #attempts: LoginAttempts
  #held: HeldToken | undefined
  #login: Promise<HeldToken> | undefined
  #lookUp: Promise<void> | undefined
  #goodAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(client: VaultClient, attempts: LoginAttempts) {
    this.#client = client
    this.#attempts = attempts
  }

  async get(deadline: AbortSignal): Promise<string> {
    if (this.#held !== undefined && performance.now() < this.#held.expiresAt) return this.#held.token
    return (await untilDeadline(this.#logIn(), deadline)).token
  }

  /**
   * Whether a 403 came because this token is gone (then `get` gives another) and not because of a policy. Vault's
   * answers do not tell the two apart, so it is asked whether it knows the token.
   */
  async isGone(token: string, deadline: AbortSignal): Promise<boolean> {
    const held = this.#held
    if (held?.token !== token) return true
    const now = performance.now()
    // In its last second it may have expired on the way: Vault counts from when it gave it, and in whole seconds.
    const isLasting = now < held.expiresAt - settledMs
    if (isLasting && now < Math.max(held.since, this.#goodAt) + settledMs) return false
    this.#lookUp ??= this.#lookUpToken(token).finally(() => {
      this.#lookUp = undefined
    })
    try {
      await untilDeadline(this.#lookUp, deadline)
      return false
    } catch (error) {
      if (!isVaultFailure(error, 'forbidden')) throw error
      if (this.#held === held) this.#held = undefined
      return true
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #lookUpToken(token: string): Promise<void> {
    await this.#client.call(this.#ownDeadline(), (vault) => vault.lookupSelfToken(token))
    this.#goodAt = performance.now()
  }

  /** Not bound to the deadline of a call: others wait for it, too. */
  #logIn(): Promise<HeldToken> {
    this.#login ??= this.#attempts
      .logIn(this.#ownDeadline())
      .then((lease) => this.#hold(lease, lease.ttlSeconds))
      .finally(() => {
        this.#login = undefined
      })
    return this.#login
  }

  #hold(lease: Lease, fullTtlSeconds: number): HeldToken {
    const since = performance.now()
    const expiresAt = lease.ttlSeconds === 0 ? Number.POSITIVE_INFINITY : since + lease.ttlSeconds * 1_000
    const held = { ...lease, since, expiresAt, fullTtlSeconds }
    this.#held = held
    // With jitter, so that instances which started together do not renew together.
    if (lease.ttlSeconds !== 0) this.#refreshIn(lease.ttlSeconds * 1_000 * (0.6 + 0.15 * Math.random()), held)
    return held
  }

  #refreshIn(ms: number, held: HeldToken): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#refresh(held), Math.min(Math.max(ms, 250), longestTimerMs)).unref()
  }

  async #refresh(held: HeldToken): Promise<void> {
    try {
      const lease = held.renewable ? await this.#renew(held) : undefined
      if (lease === undefined || lease.ttlSeconds < held.fullTtlSeconds / 2) await this.#logIn()
      else this.#hold(lease, held.fullTtlSeconds)
    } catch {
      // The token serves until it expires, and from then on each call logs in and says what is wrong.
      const remaining = held.expiresAt - performance.now()
      if (remaining > 0) this.#refreshIn(Math.min(remaining / 3, 30_000) * (0.5 + Math.random() / 2), held)
    }
  }

  /** Undefined if Vault does not renew it. */
  async #renew({ token, fullTtlSeconds }: HeldToken): Promise<Lease | undefined> {
    const renew = this.#client.call(this.#ownDeadline(), (vault) => vault.renewSelfToken(token, `${fullTtlSeconds}s`))
    const answer = await renew.catch((error: unknown) => {
      if (isVaultFailure(error, 'not-done', 'unknown')) throw error
      return undefined
    })
    return answer === undefined ? undefined : leaseOf(answer)
  }

  #ownDeadline(): AbortSignal {
    return AbortSignal.timeout(this.#client.deadlineMs)
  }
}
