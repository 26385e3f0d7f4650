import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { ServiceCatalogue } from '@mtls-gateway/domain'
import { type JwtVerifierOptions, type KeySource, type TokenKeySet, tokenAlgorithms } from '@mtls-gateway/request-auth'
import { z } from 'zod'
import { isServiceUrl } from '../configuration/fields.ts'
import {
  conditions,
  countOf,
  faultOf,
  faultsOfServices,
  listed,
  pattern,
  type RawEntry,
  readEntries,
  ruleGrants,
  servicesOf,
} from './rules-file.ts'

export interface IssuerEntry extends Omit<JwtVerifierOptions, 'keys' | 'clock'> {
  /** Its issuer, or else its trust domain. */
  readonly name: string
  readonly keys: KeySource | TokenKeySet
}

const claimName = z.string().min(1).max(256)
const claimPath = z.preprocess(listed, z.tuple([claimName], claimName))

const rule = z.strictObject({
  when: conditions(z.strictObject({ claim: claimPath, matches: pattern })).default([]),
  ...ruleGrants,
  accountsClaim: z.exactOptional(claimPath),
  scopeClaim: z.exactOptional(claimPath),
})

const keyFault = 'is not a public key as a JWK (RSA of 2048 bits or more, EC or Ed25519)'

const url = z.string().refine(isServiceUrl, 'is not an https url (http is for this host alone)')

const issuerSchema = z.strictObject({
  issuer: z.exactOptional(z.string().min(1).max(2_048)),
  trustDomain: z.exactOptional(z.string().regex(/^[a-z0-9._-]{1,255}$/, 'is not the name of a trust domain')),
  jwksUrl: z.exactOptional(url),
  discovery: z.exactOptional(z.literal(true)),
  keys: z.exactOptional(
    z.object({ keys: z.array(z.record(z.string(), z.unknown()).refine(isPublicKey, keyFault)).min(1) }),
  ),
  audience: z.preprocess(listed, z.array(z.string().min(1).max(1_024)).min(1)),
  algorithms: z.exactOptional(z.array(z.enum(tokenAlgorithms)).min(1)),
  type: z.exactOptional(z.string().min(1).max(256)),
  rules: z.array(rule).min(1),
})

/**
 * @param file path of the issuers in JSON
 * @param others names of issuers that are configured elsewhere
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line and name of its issuer
 */
export function readTokenIssuers(
  file: string,
  services: ServiceCatalogue,
  others: readonly string[] = [],
): readonly IssuerEntry[] {
  const names = new Set(others)
  const issuers = { variable: 'TOKEN_ISSUERS_FILE', file, list: 'issuers', example: '{"issuer": ...}' }
  return readEntries(issuers, (raw, index) => {
    const result = issuerSchema.safeParse(raw)
    const faults = [...(result.error?.issues ?? []).map(faultOf), ...contradictions(raw, services)]
    for (const name of [raw.issuer, raw.trustDomain].filter((each) => typeof each === 'string')) {
      if (names.has(name)) faults.push('another one has this issuer or trust domain')
      names.add(name)
    }
    const entry = result.success && faults.length === 0 ? entryOf(result.data, services) : undefined
    return { name: nameOf(raw) ?? `issuer ${index + 1}`, faults, entry }
  })
}

/** What no setting has to be by itself, but all of them together. */
function contradictions(entry: RawEntry, services: ServiceCatalogue): readonly string[] {
  const faults: string[] = []
  if (countOf(entry, 'issuer', 'trustDomain') === 0) faults.push('issuer is required, or trustDomain')
  if (countOf(entry, 'jwksUrl', 'discovery', 'keys') !== 1) faults.push('needs one of jwksUrl, discovery and keys')
  if (entry.discovery === true && !(typeof entry.issuer === 'string' && isServiceUrl(entry.issuer))) {
    faults.push('discovery needs an issuer that is an https url (http is for this host alone)')
  }
  for (const [index, each] of Array.isArray(entry.rules) ? entry.rules.entries() : []) {
    const given: RawEntry = { ...(each instanceof Object && each) }
    if (countOf(given, 'accounts', 'accountsClaim') !== 1) faults.push(`rules.${index} needs accounts or accountsClaim`)
    if (countOf(given, 'scopes', 'scopeClaim') !== 1) faults.push(`rules.${index} needs scopes or scopeClaim`)
    faults.push(...faultsOfServices(given, `rules.${index}.`, services))
  }
  return faults
}

function entryOf(
  { jwksUrl, keys, rules, ...entry }: z.infer<typeof issuerSchema>,
  catalogue: ServiceCatalogue,
): IssuerEntry {
  const { issuer = '', trustDomain = '', audience, algorithms, type } = entry
  const name = issuer || trustDomain
  return {
    name,
    issuer: entry.issuer,
    trustDomain: entry.trustDomain,
    audience,
    algorithms,
    type,
    // The members of a key were looked at by whoever reads it.
    keys: (keys as TokenKeySet | undefined) ?? (jwksUrl === undefined ? { discoveredAt: issuer } : { jwksUrl }),
    rules: rules.map(({ when, accounts, accountsClaim, scopes: given, scopeClaim, services }) => ({
      when,
      accounts: accounts === '*' ? accounts : accountsClaim ? { claim: accountsClaim } : new Set(accounts),
      scopes: scopeClaim ? { claim: scopeClaim } : new Set(given),
      ...servicesOf(services, catalogue),
    })),
  }
}

/** For people, in a line: an issuer may be any text. */
function nameOf({ issuer, trustDomain }: RawEntry): string | undefined {
  const name = issuer ?? trustDomain
  return typeof name === 'string' && /^[\x21-\x7e]{1,200}$/.test(name) ? name : undefined
}

/** A private or symmetric key here would be a secret in a file of settings. */
function isPublicKey(jwk: JsonWebKey): boolean {
  if (jwk.d !== undefined || jwk.k !== undefined) return false
  try {
    const { modulusLength = 2_048 } = createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {}
    return modulusLength >= 2_048
  } catch {
    return false
  }
}
