import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { ServiceCatalogue } from '@mtls-gateway/domain'
import {
  type JwtVerifierOptions,
  type KeySource,
  type TokenKeySet,
  type TokenRule,
  tokenAlgorithms,
} from '@mtls-gateway/request-auth'
import { z } from 'zod'
import { isServiceUrl } from '../configuration/fields.ts'
import {
  beyondServices,
  conditions,
  evenIfFaulty,
  grants,
  hasOneOf,
  isWithinServices,
  listed,
  pattern,
  readEntries,
} from './rules-file.ts'

export interface IssuerEntry extends Omit<JwtVerifierOptions, 'keys' | 'clock'> {
  /** Its issuer, or else its trust domain. */
  readonly name: string
  readonly keys: KeySource | TokenKeySet
}

const claimName = z.string().min(1).max(256)
const claimPath = z.preprocess(listed, z.tuple([claimName], claimName))

const fromClaim = z.exactOptional(claimPath.transform((claim) => ({ claim })))

function rule(catalogue: ServiceCatalogue) {
  const { accounts, scopes, services } = grants(catalogue)
  return z
    .strictObject({
      when: conditions(z.strictObject({ claim: claimPath, matches: pattern })).default([]),
      accounts: z.exactOptional(accounts),
      scopes: z.exactOptional(scopes),
      services,
      accountsClaim: fromClaim,
      scopeClaim: fromClaim,
    })
    .refine((each) => hasOneOf(each, 'accounts', 'accountsClaim'), evenIfFaulty('needs accounts or accountsClaim'))
    .refine((each) => hasOneOf(each, 'scopes', 'scopeClaim'), evenIfFaulty('needs scopes or scopeClaim'))
    .refine(isWithinServices, evenIfFaulty(beyondServices))
    .transform(
      ({ accountsClaim, scopeClaim, ...each }): TokenRule => ({
        ...each,
        accounts: each.accounts ?? accountsClaim ?? new Set(),
        scopes: each.scopes ?? scopeClaim ?? new Set(),
      }),
    )
}

const keyFault = 'is not a public key as a JWK (RSA of 2048 bits or more, EC or Ed25519)'

const url = z.string().refine(isServiceUrl, 'is not an https url (http is for this host alone)')

function issuer(catalogue: ServiceCatalogue) {
  return z
    .strictObject({
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
      rules: z.array(rule(catalogue)).min(1),
    })
    .refine(
      (entry) => entry.issuer !== undefined || entry.trustDomain !== undefined,
      evenIfFaulty('issuer is required, or trustDomain'),
    )
    .refine(
      (entry) => hasOneOf(entry, 'jwksUrl', 'discovery', 'keys'),
      evenIfFaulty('needs one of jwksUrl, discovery and keys'),
    )
    .refine(
      ({ discovery, issuer: name }) => !discovery || (typeof name === 'string' && isServiceUrl(name)),
      evenIfFaulty('discovery needs an issuer that is an https url (http is for this host alone)'),
    )
}

function entryOf({ jwksUrl, discovery: _, keys, ...entry }: z.output<ReturnType<typeof issuer>>): IssuerEntry {
  const { issuer: given = '', trustDomain = '' } = entry
  // The members of a key were looked at by whoever reads it.
  const own = keys as TokenKeySet | undefined
  return { ...entry, name: given || trustDomain, keys: own ?? (jwksUrl ? { jwksUrl } : { discoveredAt: given }) }
}

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
  const names = new Set<unknown>(others)
  const isTaken = (name: unknown) => name !== undefined && (names.has(name) || !names.add(name))
  const nameOf = (raw: Readonly<Record<string, unknown>>, index: number) => shownName(raw) ?? `issuer ${index + 1}`
  const schema = issuer(services)
    .refine(
      (entry) => ![entry.issuer, entry.trustDomain].map(isTaken).includes(true),
      evenIfFaulty('another one has this issuer or trust domain'),
    )
    .transform(entryOf)
  return readEntries(
    { variable: 'TOKEN_ISSUERS_FILE', file, list: 'issuers', example: '{"issuer": ...}', nameOf },
    schema,
  )
}

/** For people, in a line: an issuer may be any text. */
function shownName({ issuer: given, trustDomain }: Readonly<Record<string, unknown>>): string | undefined {
  const name = given ?? trustDomain
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
