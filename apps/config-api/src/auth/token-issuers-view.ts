import type { TokenIssuer, TokenIssuers, TokenRule as TokenRuleView } from '@mtls-gateway/contract'
import { type ServiceCatalogue, scopes } from '@mtls-gateway/domain'
import { type TokenRule, usualAlgorithms } from '@mtls-gateway/request-auth'
import type { BearerVerification, IssuerEntry } from '@mtls-gateway/service-kit'

type Issuers = BearerVerification['issuers']

/** On the wire. */
export function viewTokenIssuers(
  { issuers, otherTokens }: Pick<BearerVerification, 'issuers' | 'otherTokens'>,
  catalogue: ServiceCatalogue,
): TokenIssuers {
  const view = (entry: IssuerEntry): TokenIssuer => {
    const { issuer, trustDomain, audience, algorithms = usualAlgorithms, type, rules = [] } = entry
    return {
      ...(issuer !== undefined && { issuer }),
      ...(trustDomain !== undefined && { trustDomain }),
      audience: [audience].flat(),
      algorithms: [...algorithms],
      ...(type !== undefined && { type }),
      keys: viewKeys(entry.keys, issuers.keysOf(entry)),
      rules: rules.map((rule) => viewRule(rule, catalogue)),
    }
  }
  return { issuers: issuers.entries.map(view), fileFault: issuers.fault ?? null, otherTokens }
}

function viewKeys(source: IssuerEntry['keys'], fetched: ReturnType<Issuers['keysOf']>): TokenIssuer['keys'] {
  const state = {
    fetchedAt: fetched?.ageMs === undefined ? null : new Date(Date.now() - fetched.ageMs).toISOString(),
    fault: fetched?.fault ?? null,
  }
  if ('jwksUrl' in source) return { from: 'url', url: source.jwksUrl, ...state }
  return 'discoveredAt' in source
    ? { from: 'discovery', url: source.discoveredAt, ...state }
    : { from: 'file', ...state }
}

function viewRule(rule: TokenRule, catalogue: ServiceCatalogue): TokenRuleView {
  const { when, accounts, scopes: granted, services } = rule
  return {
    when: when.map(({ claim, matches }) => ({ claim: [...claim], matches })),
    ...(accounts !== '*' && 'claim' in accounts ? { accountsClaim: [...accounts.claim] } : { accounts: [...accounts] }),
    ...('claim' in granted
      ? { scopeClaim: [...granted.claim] }
      : { scopes: scopes.filter((scope) => granted.has(scope)) }),
    ...(services && { services: [...services].map((number) => catalogue.numbered(number).name).sort() }),
  }
}
