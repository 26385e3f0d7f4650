import { type AccountId, isScope, parseAccountId } from '@mtls-gateway/domain'
import type { Principal } from '../principal.ts'
import { tokenExpired, tokenInvalid, tokenNotYetValid } from './bearer-verifier.ts'
import { type ClaimPath, type Claims, claimAt, ruleFor, type TokenRule } from './token-rules.ts'

/** The names of an issuer's claims. */
export interface ClaimNames {
  /** A list of account ids, or `"*"` for all. */
  readonly accounts: string
  /** Separated by spaces (RFC 8693 section 4.2), or a list, like `scp` and `roles` of some issuers. */
  readonly scope: string
}

export const usualClaimNames: ClaimNames = { accounts: 'accounts', scope: 'scope' }

/** A rule by which each token says itself what it may. */
export function claimsRule({ accounts, scope }: ClaimNames): TokenRule {
  return { when: [], accounts: { claim: [accounts] }, scopes: { claim: [scope] } }
}

/**
 * Whose token it is, and what it allows: what the first rule gives that it matches. One without accounts and scopes is
 * valid but may do nothing, and gets a 403.
 *
 * @param issuer precedes the subject; undefined if subjects say where they are from, as SPIFFE IDs do
 * @throws CodedError `TOKEN_INVALID`: a malformed claim, or no rule
 */
export function principalOfClaims(claims: Claims, issuer: string | undefined, rules: readonly TokenRule[]): Principal {
  const ownSubject = parseSubject(claims.sub ?? claims.client_id)
  const subject = issuer === undefined ? ownSubject : `${issuer}#${ownSubject}`
  const rule = ruleFor(claims, rules)
  if (rule === undefined) {
    throw tokenInvalid('token-without-rule', 'no rule of this gateway for its issuer matches it', subject)
  }
  return {
    kind: 'bearer',
    subject,
    accounts: accountsOf(rule.accounts, claims),
    scopes: scopesOf(rule.scopes, claims),
    expiresAtMs: expiryOf(claims),
    ...(rule.services && { services: rule.services }),
  }
}

function accountsOf(accounts: TokenRule['accounts'], claims: Claims): Principal['accounts'] {
  return accounts === '*' || !('claim' in accounts) ? accounts : parseAccounts(claims, accounts.claim)
}

function scopesOf(scopes: TokenRule['scopes'], claims: Claims): Principal['scopes'] {
  return 'claim' in scopes ? new Set(parseScope(claims, scopes.claim).filter(isScope)) : scopes
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

function parseAccounts(claims: Claims, path: ClaimPath): ReadonlySet<AccountId> | '*' {
  const value = claimAt(claims, path)
  if (value === '*') return value
  if (value === undefined) return new Set()
  try {
    if (isTexts(value)) return new Set(value.map(parseAccountId))
  } catch {
    // Told below.
  }
  throw tokenInvalid('token-claim-wrong', `its claim "${path.join(' ')}" is neither a list of account ids nor "*"`)
}

function parseScope(claims: Claims, path: ClaimPath): readonly string[] {
  const value = claimAt(claims, path)
  if (value === undefined) return []
  if (typeof value === 'string') return value.split(' ')
  if (isTexts(value)) return value
  throw tokenInvalid(
    'token-claim-wrong',
    `its claim "${path.join(' ')}" is neither a text of scopes separated by spaces nor a list of scopes`,
  )
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
