import { createPublicKey } from 'node:crypto'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from 'jose'
import { issuerUnavailable } from './bearer-verifier.ts'
import { askIssuer } from './issuer-exchange.ts'

/** Finds the public key that a token names. */
export type TokenKeys = JWTVerifyGetKey

/** RFC 7517 section 5. */
export type TokenKeySet = JSONWebKeySet

export interface RemoteTokenKeysOptions {
  /** For a fetch, with the discovery before it, in milliseconds; 5 s by default. */
  readonly timeoutMs?: number
  /** How long after the end of a fetch an unknown key id begins the next, in milliseconds; default 10 s. */
  readonly cooldownMs?: number
  /** In milliseconds, and never set back or ahead as the time of day is. */
  readonly clock?: () => number
}

/** Where an issuer publishes its keys. */
export type KeySource =
  | { readonly jwksUrl: string }
  /** OpenID Connect Discovery: what the issuer publishes below its own url names the url of the keys. */
  | { readonly discoveredAt: string }

/** How old keys are when a token begins to have them fetched in the background. */
const refreshAfterMs = 300_000
/** How old keys may be: an issuer that withdraws one, and cannot be reached, is late by this much. */
const maxAgeMs = 600_000
/** How long a failure answers for the next tokens while there are no keys that are young enough. */
const failureMs = 1_000

/**
 * The keys that an issuer publishes. They are used for 10 minutes. After 5, the next token has them fetched again in
 * the background; so has a token that names an unknown key. All tokens share one fetch, and the next one begins 10 s
 * after its end at the earliest.
 */
export class RemoteTokenKeys {
  readonly #source: KeySource
  readonly #timeoutMs: number
  readonly #cooldownMs: number
  readonly #clock: () => number
  #keys = localTokenKeys({ keys: [] })
  #fetchedAtMs = Number.NEGATIVE_INFINITY
  #endedAtMs = Number.NEGATIVE_INFINITY
  #failure: unknown
  #fetching: Promise<void> | undefined

  constructor(
    source: KeySource,
    { timeoutMs = 5_000, cooldownMs = 10_000, clock = () => performance.now() }: RemoteTokenKeysOptions = {},
  ) {
    this.#source = source
    this.#timeoutMs = timeoutMs
    this.#cooldownMs = cooldownMs
    this.#clock = clock
  }

  /** Why the last fetch failed; tokens may be verified by the keys from before. */
  get fault(): string | undefined {
    const error = this.#failure
    if (error === undefined) return undefined
    return error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : 'no answer'
  }

  /** The age of the keys, in milliseconds; undefined before there are any. */
  get ageMs(): number | undefined {
    return Number.isFinite(this.#fetchedAtMs) ? this.#clock() - this.#fetchedAtMs : undefined
  }

  /** Rejects with CodedError `TOKEN_ISSUER_UNAVAILABLE`, or with an error of jose if no key is the one. */
  readonly find: TokenKeys = async (header, token) => {
    const ageMs = this.#clock() - this.#fetchedAtMs
    if (ageMs >= maxAgeMs) await this.#refresh(Math.min(failureMs, this.#cooldownMs))
    // Whoever needs them next sees a failure.
    else if (ageMs >= refreshAfterMs) this.#refresh(this.#cooldownMs).catch(() => {})
    try {
      return await this.#keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      await this.#refresh(this.#cooldownMs)
      return this.#keys(header, token)
    }
  }

  /** Not again within the pause: then it is as it was the last time. */
  async #refresh(pauseMs: number): Promise<void> {
    if (this.#fetching === undefined && this.#clock() - this.#endedAtMs >= pauseMs) {
      this.#fetching = this.#fetch().finally(() => {
        this.#endedAtMs = this.#clock()
        this.#fetching = undefined
      })
    }
    await this.#fetching
    if (this.#failure !== undefined) throw this.#failure
  }

  async #fetch(): Promise<void> {
    const ask = this.#asking()
    try {
      const jwks = parsedObject(await ask(await this.#jwksUrl(ask)), 'its key set')
      // jose refuses what is no key set.
      this.#keys = localTokenKeys(jwks as unknown as TokenKeySet)
      this.#fetchedAtMs = this.#clock()
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
    }
  }

  async #jwksUrl(ask: Ask): Promise<string> {
    if ('jwksUrl' in this.#source) return this.#source.jwksUrl
    const { discoveredAt } = this.#source
    const what = 'its discovery document'
    const document = await ask(`${discoveredAt.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const { issuer, jwks_uri: jwksUrl } = parsedObject(document, what)
    if (issuer !== discoveredAt) throw issuerUnavailable(`${what} is of another issuer`)
    const url = typeof jwksUrl === 'string' ? URL.parse(jwksUrl) : null
    // Without TLS only where the issuer itself is, which is on this host then.
    if (url?.protocol === 'https:' || url?.origin === new URL(discoveredAt).origin) return url.href
    throw issuerUnavailable(`${what} has no https url of keys (jwks_uri)`)
  }

  /** All that is asked has one limit in common. */
  #asking(): Ask {
    const endsAtMs = performance.now() + this.#timeoutMs
    return (url) => {
      return askIssuer({ url: new URL(url), timeoutMs: Math.max(0, Math.ceil(endsAtMs - performance.now())) })
    }
  }
}

type Ask = (url: string) => Promise<string>

/** Every token makes jose look through all of them. */
const maxKeys = 100
/** The time to verify a signature grows with the square of these bits, and with those of the exponent. */
const maxRsaBits = 4_096
const maxExponent = 2n ** 32n - 1n

/**
 * Keys that need not be fetched: the first hundred, without RSA keys by which a wrong token would take too much time.
 * The bundles of SPIFFE say `jwt-svid` of the keys of JWTs, where others say `sig`.
 */
export function localTokenKeys(jwks: TokenKeySet): TokenKeys {
  if (!Array.isArray(jwks.keys)) return createLocalJWKSet(jwks)
  const keys = jwks.keys.slice(0, maxKeys).filter(isCheap)
  return createLocalJWKSet({ keys: keys.map((key) => (key.use === 'jwt-svid' ? { ...key, use: 'sig' } : key)) })
}

function isCheap({ kty, n = '', e = '' }: JWK): boolean {
  if (kty !== 'RSA') return true
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
    const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
    return modulusLength <= maxRsaBits && publicExponent <= maxExponent
  } catch {
    // It verifies nothing: jose refuses it when a token names it.
    return true
  }
}

function parsedObject(text: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Told below: the parser quotes the answer.
  }
  throw issuerUnavailable(`${what} can't be used: it is not JSON`)
}
