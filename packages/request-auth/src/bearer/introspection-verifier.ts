import { hash } from 'node:crypto'
import type { Principal } from '../principal.ts'
import { type BearerVerifier, checkTokenShape, issuerUnavailable, tokenInvalid } from './bearer-verifier.ts'
import { type ClaimNames, checkTimes, claimsRule, expiryOf, principalOfClaims, usualClaimNames } from './claims.ts'
import { askIssuer } from './issuer-exchange.ts'
import type { Claims, TokenRule } from './token-rules.ts'

/** How long an answer is cached, and so how late a revocation may be noticed. */
const positiveAnswerMs = 30_000
const maxCachedAnswers = 10_000

export interface IntrospectionOptions {
  /** The introspection endpoint of RFC 7662. */
  readonly endpoint: URL
  readonly clientId: string
  readonly clientSecret: string
  /** Precedes the subject in the audit. An answer with another issuer is refused. */
  readonly issuer: string
  /** If given, the answer must have it. */
  readonly audience?: string | undefined
  readonly claims?: ClaimNames
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** In milliseconds; 5 s by default. */
  readonly timeoutMs?: number
  /** Runs each question to the issuer, and may keep it waiting or refuse it: anybody can invent tokens. */
  readonly limited?: <Answer>(address: string, ask: () => Promise<Answer>) => Promise<Answer>
}

interface CachedAnswer {
  readonly principal: Principal
  readonly untilMs: number
}

/** Verifies opaque Bearer tokens by asking the token issuer (RFC 7662). */
export class IntrospectionVerifier implements BearerVerifier {
  readonly #options: IntrospectionOptions
  readonly #authorization: string
  readonly #rules: readonly TokenRule[]
  /** By the token's SHA-256: no token stays in memory. Positive answers only, the oldest first. */
  readonly #answers = new Map<string, CachedAnswer>()
  /** Under way: all requests with one token that has just run out of the cache are one question. */
  readonly #questions = new Map<string, Promise<CachedAnswer>>()

  constructor(options: IntrospectionOptions) {
    this.#options = options
    this.#rules = [claimsRule(options.claims ?? usualClaimNames)]
    this.#authorization = basicCredentials(options.clientId, options.clientSecret)
  }

  async verify(token: string, address: string): Promise<Principal> {
    checkTokenShape(token)
    const key = hash('sha256', token)
    const cached = this.#answers.get(key)
    if (cached !== undefined && this.#isFresh(cached)) return cached.principal
    this.#answers.delete(key)
    // By address, too: a refusal by its limit is nobody else's.
    const question = `${address} ${key}`
    const asked = this.#questions.get(question) ?? this.#answer(key, token, address)
    this.#questions.set(question, asked)
    try {
      return (await asked).principal
    } finally {
      this.#questions.delete(question)
    }
  }

  /** One that is kept for longer than any shows that the clock was set back: it must not outlive a revocation. */
  #isFresh({ untilMs }: CachedAnswer): boolean {
    const now = this.#options.clock()
    return now < untilMs && untilMs <= now + positiveAnswerMs
  }

  async #answer(key: string, token: string, address: string): Promise<CachedAnswer> {
    const { limited = (_, ask) => ask() } = this.#options
    const answer = this.#judge(await limited(address, () => this.#ask(token)))
    this.#keep(key, answer)
    return answer
  }

  async #ask(token: string): Promise<Claims> {
    const text = await askIssuer({
      url: this.#options.endpoint,
      headers: { authorization: this.#authorization, accept: 'application/json' },
      form: { token, token_type_hint: 'access_token' },
      timeoutMs: this.#options.timeoutMs ?? 5_000,
    })
    return parseClaims(text)
  }

  #judge(claims: Claims): CachedAnswer {
    const { issuer, audience, clock } = this.#options
    if (claims.active !== true) throw tokenInvalid('token-inactive', 'its issuer says that it is not active')
    if (claims.iss !== undefined && claims.iss !== issuer) {
      throw tokenInvalid('token-issuer-wrong', 'it is of another issuer')
    }
    if (audience !== undefined && ![claims.aud].flat().includes(audience)) {
      throw tokenInvalid('token-audience-wrong', 'it is for another audience')
    }
    const now = clock()
    checkTimes(claims, now)
    return {
      principal: principalOfClaims(claims, issuer, this.#rules),
      untilMs: Math.min(expiryOf(claims), now + positiveAnswerMs),
    }
  }

  #keep(key: string, answer: CachedAnswer): void {
    this.#answers.set(key, answer)
    if (this.#answers.size <= maxCachedAnswers) return
    const [oldest] = this.#answers.keys()
    if (oldest !== undefined) this.#answers.delete(oldest)
  }
}

function parseClaims(text: string): Claims {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch {
    // Reported below. The parser's own message quotes the answer.
  }
  throw issuerUnavailable('its answer is no JSON object')
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicCredentials(clientId: string, clientSecret: string): string {
  const encoded = new URLSearchParams([[clientId, clientSecret]]).toString()
  return `Basic ${Buffer.from(encoded.replace('=', ':')).toString('base64')}`
}
