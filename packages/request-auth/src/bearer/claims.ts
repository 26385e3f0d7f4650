import { type AccountId, isScope, parseAccountId } from '@mtls-gateway/domain'
import type { Principal } from '../principal.ts'
import { tokenInvalid } from './bearer-verifier.ts'

/** Claims of a token that has been verified, or the members of an introspection response. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Accounts (`accounts`: a list, or `"*"` for all) and scopes (`scope`, separated by spaces) of a token. One without
 * them is good for nothing, and what it may not do is then answered with 403.
 *
 * @throws CodedError `TOKEN_INVALID`: a claim of another form
 */
export function principalOfClaims(claims: Claims, issuer: string): Principal {
  return {
    kind: 'bearer',
    subject: `${issuer}#${parseSubject(claims.sub ?? claims.client_id)}`,
    accounts: parseAccounts(claims.accounts),
    scopes: new Set(parseScope(claims.scope).filter(isScope)),
  }
}

// It goes into the audit, whose entries are small, and into log lines.
function parseSubject(value: unknown): string {
  if (typeof value === 'string' && /^[^\p{Cc}]{1,256}$/u.test(value)) return value
  throw tokenInvalid('it has no sub or client_id of 1 to 256 characters')
}

function parseAccounts(value: unknown): ReadonlySet<AccountId> | '*' {
  if (value === '*') return value
  if (value === undefined) return new Set()
  if (!Array.isArray(value)) throw accountsMalformed()
  return new Set(value.map(parseAccount))
}

function parseAccount(value: unknown): AccountId {
  if (typeof value !== 'string') throw accountsMalformed()
  try {
    return parseAccountId(value)
  } catch {
    throw accountsMalformed()
  }
}

function accountsMalformed(): Error {
  return tokenInvalid('its claim "accounts" is neither a list of account ids nor "*"')
}

function parseScope(value: unknown): string[] {
  if (value === undefined) return []
  if (typeof value !== 'string') throw tokenInvalid('its claim "scope" is not a text of scopes separated by spaces')
  return value.split(' ')
}
