/** A certificate of a chain, by its names as RFC 4514 has them. */
export interface ChainLink {
  readonly subject: string
  readonly issuer: string
}

export interface IssuerMatches {
  /** Those that a certificate of the chain comes from stand first. */
  readonly issuers: readonly string[]
  /** By the places of a certificate of the chain and of its issuer in `issuers`. */
  readonly pairs: readonly (readonly [link: number, issuer: number])[]
}

/** Which certificates of a chain come from an issuer that the target accepts (RFC 8446, section 4.4.2.2). */
export function issuerMatches(chain: readonly ChainLink[], acceptable: readonly string[]): IssuerMatches {
  const linksByIssuer = new Map<string, number[]>()
  for (const [link, { subject, issuer }] of chain.entries()) {
    const key = plain(issuer)
    // A root comes from itself: those below it say all there is to say.
    if (chain.length > 1 && plain(subject) === key) continue
    linksByIssuer.set(key, [...(linksByIssuer.get(key) ?? []), link])
  }
  const isMatch = (issuer: string) => linksByIssuer.has(plain(issuer))
  const issuers = [...acceptable.filter(isMatch), ...acceptable.filter((issuer) => !isMatch(issuer))]
  const pairs = issuers.flatMap((issuer, at) =>
    (linksByIssuer.get(plain(issuer)) ?? []).map((link) => [link, at] as const),
  )
  return { issuers, pairs }
}

/** `CN=a, O=b` and `CN=a,O=b` are the same name. */
function plain(name: string): string {
  return name.replaceAll(', ', ',')
}

/** The part of a name that tells it from others, for where there is little room. */
export function shortName(name: string): string {
  return /(?:^|[,+]\s?)CN=((?:[^,+\\]|\\.)+)/.exec(name)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? name
}
