import { isCodedError, type RefusalReason } from '@mtls-gateway/domain'
import { type JWTVerifyResult, jwtVerify } from 'jose'
import type { Principal } from '../principal.ts'
import {
  type BearerVerifier,
  checkTokenShape,
  issuerUnavailable,
  tokenExpired,
  tokenInvalid,
  tokenNotYetValid,
} from './bearer-verifier.ts'
import { type ClaimNames, principalOfClaims, usualClaimNames } from './claims.ts'
import type { TokenKeys } from './token-keys.ts'

/** Only asymmetric ones: with HS256, anyone who has the public key could sign. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

export interface JwtVerifierOptions {
  readonly keys: TokenKeys
  readonly issuer: string
  readonly audience: string
  /** Required `typ` of the header, such as `at+jwt` (RFC 9068 section 4); any unless given. */
  readonly type?: string | undefined
  readonly claims?: ClaimNames
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Verifies JWTs of an issuer whose keys are known or can be fetched. */
export class JwtVerifier implements BearerVerifier {
  readonly #keys: TokenKeys
  readonly #issuer: string
  readonly #audience: string
  readonly #type: { readonly typ?: string }
  readonly #claims: ClaimNames
  readonly #clock: () => number

  constructor({ keys, issuer, audience, type, claims = usualClaimNames, clock }: JwtVerifierOptions) {
    this.#keys = keys
    this.#issuer = issuer
    this.#audience = audience
    this.#type = type === undefined ? {} : { typ: type }
    this.#claims = claims
    this.#clock = clock
  }

  async verify(token: string): Promise<Principal> {
    checkTokenShape(token)
    const { payload } = await this.#verified(token).catch((error: unknown) => {
      throw verdict(error)
    })
    return principalOfClaims(payload, this.#issuer, this.#claims)
  }

  /** Anybody can send what jose refuses at once. The stack trace of its error takes longer than all the rest. */
  #verified(token: string): Promise<JWTVerifyResult> {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    const verified = jwtVerify(token, this.#keys, {
      algorithms,
      issuer: this.#issuer,
      audience: this.#audience,
      requiredClaims: ['exp'],
      ...this.#type,
      currentDate: new Date(this.#clock()),
    })
    Error.stackTraceLimit = stackTraceLimit
    return verified
  }
}

const claimReasons: Readonly<Record<string, RefusalReason>> = {
  iss: 'token-issuer-wrong',
  aud: 'token-audience-wrong',
}

/** Translates jose's codes. Its errors contain the claims of the token, so they are not kept as a cause. */
function verdict(error: unknown): unknown {
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
      return tokenInvalid(
        claimReasons[claim] ?? 'token-claim-wrong',
        `its claim "${claim}" is missing or not what this gateway requires`,
      )
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
