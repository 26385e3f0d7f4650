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

  async verify(token: string): Promise<Principal> {
    checkTokenShape(token)
    return this.#verifierFor(unverifiedClaims(token)).verify(token)
  }

  #verifierFor({ iss, sub }: Claims): JwtVerifier {
    const verifier =
      iss === undefined
        ? this.#byTrustDomain.get(trustDomainOf(sub) ?? '')
        : this.#byIssuer.get(typeof iss === 'string' ? iss : '')
    if (verifier !== undefined) return verifier
    throw tokenInvalid('token-issuer-wrong', 'its claim "iss" names no issuer that this gateway accepts')
  }
}

/** Anybody can write anything there: it only chooses who verifies the token. */
function unverifiedClaims(token: string): Claims {
  const { stackTraceLimit } = Error
  // The parser's error would take longer than all the rest.
  Error.stackTraceLimit = 0
  try {
    const begin = token.indexOf('.') + 1
    const payload = token.slice(begin, Math.max(begin, token.indexOf('.', begin)))
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims === 'object' && claims !== null) return claims as Claims
  } catch {
    // Told below.
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  throw tokenInvalid('token-malformed', 'it is not a signed JWT')
}
