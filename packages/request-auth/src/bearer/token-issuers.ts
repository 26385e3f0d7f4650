import type { Principal } from '../principal.ts'
import { type BearerVerifier, checkTokenShape, tokenInvalid } from './bearer-verifier.ts'
import { JwtVerifier, type JwtVerifierOptions, trustDomainOf } from './jwt-verifier.ts'
import type { Claims } from './token-rules.ts'

/**
 * Verifies JWTs of several issuers beside each other. What a token says of its issuer chooses the verifier, before
 * anything is fetched or computed; the verifier then holds the token to it. So an issuer that cannot be reached delays
 * only its own tokens, and the key of one issuer never verifies a token of another.
 */
export class TokenIssuers implements BearerVerifier {
  readonly #byIssuer = new Map<string, JwtVerifier>()
  readonly #byTrustDomain = new Map<string, JwtVerifier>()

  /** No two may have the same issuer or trust domain. */
  constructor(issuers: readonly JwtVerifierOptions[]) {
    for (const options of issuers) {
      const verifier = new JwtVerifier(options)
      if (options.issuer !== undefined) this.#byIssuer.set(options.issuer, verifier)
      if (options.trustDomain !== undefined) this.#byTrustDomain.set(options.trustDomain, verifier)
    }
  }

  /** Whether a token says that it is of one of these issuers, which is for `verify` to find out. */
  claimsOneOf(token: string): boolean {
    const claims = unverifiedClaims(token)
    return claims !== undefined && this.#verifierFor(claims) !== undefined
  }

  async verify(token: string): Promise<Principal> {
    checkTokenShape(token)
    const claims = unverifiedClaims(token)
    if (claims === undefined) throw tokenInvalid('token-malformed', 'it is not a signed JWT')
    const verifier = this.#verifierFor(claims)
    if (verifier !== undefined) return verifier.verify(token)
    throw tokenInvalid('token-issuer-wrong', 'its claim "iss" names no issuer that this gateway accepts')
  }

  #verifierFor({ iss, sub }: Claims): JwtVerifier | undefined {
    return iss === undefined
      ? this.#byTrustDomain.get(trustDomainOf(sub) ?? '')
      : this.#byIssuer.get(typeof iss === 'string' ? iss : '')
  }
}

/** Anybody can write anything there: it only chooses who verifies the token. Undefined for what is no JWT. */
function unverifiedClaims(token: string): Claims | undefined {
  const { stackTraceLimit } = Error
  // The parser's error would take longer than all the rest.
  Error.stackTraceLimit = 0
  try {
    const begin = token.indexOf('.') + 1
    const payload = token.slice(begin, Math.max(begin, token.indexOf('.', begin)))
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : undefined
  } catch {
    return undefined
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
