import { isCodedError } from '@mtls-gateway/domain'
import { type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose'
import type { Principal } from '../principal.ts'
import {
  type BearerVerifier,
  checkTokenShape,
  issuerUnavailable,
  tokenExpired,
  tokenInvalid,
  tokenNotYetValid,
} from './bearer-verifier.ts'
import { claimsRule, principalOfClaims, usualClaimNames } from './claims.ts'
import type { TokenKeys } from './token-keys.ts'
import type { Claims, TokenRule } from './token-rules.ts'

/** Only asymmetric ones: with HS256, anyone who has the public key could sign. */
export const usualAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const

/** All that an issuer may be allowed to sign with. */
export const tokenAlgorithms = [...usualAlgorithms, 'RS384', 'RS512', 'PS384', 'PS512', 'ES384', 'ES512'] as const

export type TokenAlgorithm = (typeof tokenAlgorithms)[number]

export interface JwtVerifierOptions {
  readonly keys: TokenKeys
  /** Required `iss`. It may be missing only if there is a trust domain. */
  readonly issuer?: string | undefined
  /** Tokens are JWT-SVIDs: their subjects are SPIFFE IDs of this trust domain. */
  readonly trustDomain?: string | undefined
  /** The token must be for one of them. */
  readonly audience: string | readonly string[]
  readonly algorithms?: readonly TokenAlgorithm[] | undefined
  /** Required `typ` of the header, such as `at+jwt` (RFC 9068 section 4); any unless given. */
  readonly type?: string | undefined
  /** Unless given, a token's own claims `accounts` and `scope` say what it may. */
  readonly rules?: readonly TokenRule[] | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Verifies JWTs of an issuer whose keys are known or can be fetched. */
export class JwtVerifier implements BearerVerifier {
  readonly #keys: TokenKeys
  readonly #issuer: string | undefined
  readonly #trustDomain: string | undefined
  readonly #rules: readonly TokenRule[]
  readonly #clock: () => number
  /** What jose checks of every token. */
  readonly #required: Omit<JWTVerifyOptions, 'algorithms' | 'issuer'> & { readonly algorithms: string[] }

  constructor(options: JwtVerifierOptions) {
    const { keys, issuer, trustDomain, audience, algorithms = usualAlgorithms, type, clock } = options
    this.#keys = keys
    this.#issuer = issuer
    this.#trustDomain = trustDomain
    this.#rules = options.rules ?? [claimsRule(usualClaimNames)]
    this.#clock = clock
    this.#required = {
      algorithms: [...algorithms],
      audience: [audience].flat(),
      requiredClaims: ['exp'],
      ...(type !== undefined && { typ: type }),
    }
  }

  async verify(token: string): Promise<Principal> {
    checkTokenShape(token)
    const { payload } = await this.#verified(token).catch((error: unknown) => {
      throw verdict(error, this.#required.algorithms)
    })
    this.#checkIssuer(payload)
    return principalOfClaims(payload, payload.iss, this.#rules)
  }

  #checkIssuer({ iss, sub }: Claims): void {
    const isOfIssuer = iss === this.#issuer || (iss === undefined && this.#trustDomain !== undefined)
    if (!isOfIssuer) throw tokenInvalid('token-issuer-wrong', wrongClaim('iss'))
    if (this.#trustDomain === undefined || trustDomainOf(sub) === this.#trustDomain) return
    throw tokenInvalid('token-issuer-wrong', 'its claim "sub" is no SPIFFE ID of the trust domain of its issuer')
  }

  /** Anybody can send what jose refuses at once. The stack trace of its error takes longer than all the rest. */
  #verified(token: string): Promise<JWTVerifyResult> {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    const verified = jwtVerify(token, this.#keys, { ...this.#required, currentDate: new Date(this.#clock()) })
    Error.stackTraceLimit = stackTraceLimit
    return verified
  }
}

/** SPIFFE-ID section 2: the path has segments, none of them empty, `.` or `..`, and nothing comes after it. */
const spiffeId = /^spiffe:\/\/([a-z0-9._-]{1,255})(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/

/** The trust domain of a workload's SPIFFE ID; undefined for anything else. */
export function trustDomainOf(subject: unknown): string | undefined {
  return typeof subject === 'string' ? spiffeId.exec(subject)?.[1] : undefined
}

function wrongClaim(claim: string): string {
  return `its claim "${claim}" is missing or not what this gateway requires`
}

/** Translates jose's codes. Its errors contain the claims of the token, so they are not kept as a cause. */
function verdict(error: unknown, algorithms: readonly string[]): unknown {
  if (isCodedError(error)) return error
  const { code, claim, reason } = faultOf(error)
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return tokenExpired()
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      // jose also uses this for members of the header.
      if (claim === 'typ')
        return tokenInvalid('token-type-wrong', 'its type (`typ`) is not the one of access tokens here')
      if (claim === 'nbf' && reason === 'check_failed') return tokenNotYetValid()
      return tokenInvalid(claim === 'aud' ? 'token-audience-wrong' : 'token-claim-wrong', wrongClaim(claim))
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return tokenInvalid('token-algorithm-wrong', `it is not signed by one of ${algorithms.join(', ')}`)
    case 'ERR_JWKS_NO_MATCHING_KEY':
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return tokenInvalid('token-key-unknown', 'it does not name exactly one of the keys of its issuer')
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return tokenInvalid('token-signature-wrong', 'its signature is not right')
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return tokenInvalid('token-malformed', 'it is not a signed JWT')
    default:
      // The key set was not JSON, not a key set, or its key can't be used.
      return issuerUnavailable(`its key set can't be used: ${code}`)
  }
}

function faultOf(error: unknown): { code: string; claim: string; reason: string } {
  if (!(error instanceof Object)) return { code: 'unknown', claim: '', reason: '' }
  return {
    code: 'code' in error && typeof error.code === 'string' ? error.code : 'unknown',
    claim: 'claim' in error && typeof error.claim === 'string' ? error.claim : '',
    reason: 'reason' in error && typeof error.reason === 'string' ? error.reason : '',
  }
}
