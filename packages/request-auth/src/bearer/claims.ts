import { type AccountId, isScope, parseAccountId } from '@mtls-gateway/domain'
import type { Principal } from '../principal.ts'
import { tokenExpired, tokenInvalid, tokenNotYetValid } from './bearer-verifier.ts'

/** Claims of a token that has been verified, or the members of an introspection response. */
export type Claims = Readonly<Record<string, unknown>>

/** The names of an issuer's claims. */
export interface ClaimNames {
  /** A list of account ids, or `"*"` for all. */
  readonly accounts: string
  /** Separated by spaces (RFC 8693 section 4.2), or a list, like `scp` and `roles` of some issuers. */
  readonly scope: string
}

export const usualClaimNames: ClaimNames = { accounts: 'accounts', scope: 'scope' }

/**
 * Whose token it is, and what it allows. One without accounts and scopes is valid but may do nothing, and gets a 403.
 *
 * @throws CodedError `TOKEN_INVALID`: a malformed claim
 */
export function principalOfClaims(claims: Claims, issuer: string, names: ClaimNames): Principal {
  return {
    kind: 'bearer',
    subject: `${issuer}#${parseSubject(claims.sub ?? claims.client_id)}`,
    accounts: parseAccounts(claims, names.accounts),
    scopes: new Set(parseScope(claims, names.scope).filter(isScope)),
    expiresAtMs: expiryOf(claims),
  }
}

/**
 * In milliseconds since 1970; Infinity where nothing is said (RFC 7662 section 2.2).
 *
 * @throws CodedError `TOKEN_INVALID`
 */
export function expiryOf(claims: Claims): number {
  const exp = timeOf(claims, 'exp')
  return exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000
}

/**
 * The times of an introspection response, as jose checks those of a JWT: in whole seconds, without tolerance. All are
 * optional (RFC 7662 section 2.2).
 *
 * @throws CodedError `TOKEN_INVALID`, `TOKEN_EXPIRED`
 */
export function checkTimes(claims: Claims, nowMs: number): void {
  const now = Math.floor(nowMs / 1_000)
  timeOf(claims, 'iat')
  if ((timeOf(claims, 'nbf') ?? 0) > now) throw tokenNotYetValid()
  if (expiryOf(claims) <= now * 1_000) throw tokenExpired()
}

function timeOf(claims: Claims, name: 'exp' | 'iat' | 'nbf'): number | undefined {
  const value = claims[name]
  if (value === undefined || typeof value === 'number') return value
  throw tokenInvalid('token-claim-wrong', `its claim "${name}" is not a number`)
}

// The subject goes into the audit, whose entries are small, and into log lines.
function parseSubject(value: unknown): string {
  if (typeof value === 'string' && /^[^\p{Cc}]{1,256}$/u.test(value)) return value
  throw tokenInvalid('token-claim-wrong', 'it has no sub or client_id of 1 to 256 characters')
}

function parseAccounts(claims: Claims, name: string): ReadonlySet<AccountId> | '*' {
  const value = claims[name]
  if (value === '*') return value
  if (value === undefined) return new Set()
  try {
    if (isTexts(value)) return new Set(value.map(parseAccountId))
  } catch {
    // Told below.
  }
  throw tokenInvalid('token-claim-wrong', `its claim "${name}" is neither a list of account ids nor "*"`)
}

function parseScope(claims: Claims, name: string): readonly string[] {
  const value = claims[name]
  if (value === undefined) return []
  if (typeof value === 'string') return value.split(' ')
  if (isTexts(value)) return value
  throw tokenInvalid(
    'token-claim-wrong',
    `its claim "${name}" is neither a text of scopes separated by spaces nor a list of scopes`,
  )
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
