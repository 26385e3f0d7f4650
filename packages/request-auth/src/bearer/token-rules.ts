import type { AccountId, Scope } from '@mtls-gateway/domain'

/** Claims of a token that has been verified, or the members of an introspection response. */
export type Claims = Readonly<Record<string, unknown>>

/** The name of a claim; more than one: of a claim within a claim. Names may have dots and slashes. */
export type ClaimPath = readonly [string, ...string[]]

/** If the claim is a list, one of its entries must match. */
export interface ClaimCondition {
  readonly claim: ClaimPath
  /** `*` stands for any characters, also for none. Everything else stands for itself. */
  readonly matches: string
}

/** What tokens get for which all conditions hold. */
export interface TokenRule {
  /** Without any, it is for every token of the issuer. */
  readonly when: readonly ClaimCondition[]
  readonly accounts: ReadonlySet<AccountId> | '*' | FromClaim
  readonly scopes: ReadonlySet<Scope> | FromClaim
  /** Numbers of the services that `forward` is limited to; any unless given. */
  readonly services?: ReadonlySet<string> | undefined
}

/** What the token itself says. */
export interface FromClaim {
  readonly claim: ClaimPath
}

/** The value of a claim; undefined if there is none. */
export function claimAt(claims: Claims, path: ClaimPath): unknown {
  let value: unknown = claims
  for (const name of path) {
    // Names of prototypes are no claims, and neither is the length of a list.
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return
    value = (value as Claims)[name]
  }
  return value
}

/** The first rule whose conditions all hold. */
export function ruleFor<Rule extends Pick<TokenRule, 'when'>>(
  claims: Claims,
  rules: readonly Rule[],
): Rule | undefined {
  return rules.find(({ when }) => when.every((condition) => holds(condition, claims)))
}

function holds({ claim, matches }: ClaimCondition, claims: Claims): boolean {
  const value = claimAt(claims, claim)
  return Array.isArray(value) ? value.some((each) => isLike(each, matches)) : isLike(value, matches)
}

function isLike(value: unknown, pattern: string): boolean {
  if (typeof value === 'string') return matchesPattern(value, pattern)
  return (typeof value === 'boolean' || typeof value === 'number') && matchesPattern(String(value), pattern)
}

/** Without a regular expression, which a pattern of many stars would keep busy. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return text === first
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let from = first.length
  for (const part of others) {
    const at = text.indexOf(part, from)
    if (at === -1 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}
