import type { Account, Mapping } from './account.ts'
import { CodedError } from './coded-error.ts'
import { parseRecordId, type RecordId } from './ids.ts'
import { isDomainName } from './target-url.ts'

/**
 * How a mapping wants its target to be verified (docs/mappings.md). Anything left out is as for other targets.
 */
export interface MappingTrust {
  /** Names the record of the CA certificates, below `chains`. */
  readonly caRecordId?: RecordId
  /** Made by {@link parseSpkiPin}. */
  readonly spkiPins?: readonly string[]
  /** Made by {@link parseServerName}. */
  readonly serverName?: string
}

/** base64 of 32 bytes, in the one spelling that encoders give. */
const pin = /^sha256\/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/** @throws CodedError `VALIDATION_FAILED` */
export function parseSpkiPin(text: string): string {
  if (pin.test(text)) return text
  throw new CodedError(
    'VALIDATION_FAILED',
    'A pin is "sha256/" and the base64 of the SHA-256 of a SubjectPublicKeyInfo, 32 bytes.',
    { details: { field: 'targetTrust.spkiPins' } },
  )
}

/** The name for SNI, in lower case; not an address (RFC 6066 section 3). @throws CodedError `VALIDATION_FAILED` */
export function parseServerName(text: string): string {
  const name = text.toLowerCase()
  if (isDomainName(name) && !name.endsWith('.') && !/(?:^|\.)\d+$/.test(name)) return name
  throw new CodedError('VALIDATION_FAILED', '"targetTrust.serverName" is not a host name. Write it as in a url.', {
    details: { field: 'targetTrust.serverName' },
  })
}

/** Equal only for trusts that verify alike. It may be long: no two parts of it can be mistaken for one another. */
export function trustKey({ caRecordId = '', spkiPins = [], serverName = '' }: TrustParts): string {
  return [caRecordId, serverName, ...[...spkiPins].sort()].join(' ')
}

/** As {@link MappingTrust}; the list of CA certificates may have another name than that of its record. */
export interface TrustParts extends Omit<MappingTrust, 'caRecordId'> {
  readonly caRecordId?: string
}

const hashLength = 43

/**
 * The id of a record of CA certificates: their SHA-256 in base64url, and at most 20 random characters. By the hash
 * alone, whoever un-names the last mapping of a record would purge it from under one who finds it there and is about to
 * name it.
 */
export function caRecordId(sha256: string, random: string): RecordId {
  if (sha256.length !== hashLength) throw new TypeError('a SHA-256 has 43 characters in base64url')
  return parseRecordId(`${sha256}-${random}`)
}

/** Whether two records are of the same CA certificates. */
export function sharesCaCertificates(one: RecordId, other: RecordId): boolean {
  return one.slice(0, hashLength) === other.slice(0, hashLength)
}

/** The records of CA certificates that mappings of an account name. */
export function namedCaRecords({
  mappings,
}: {
  readonly mappings: readonly Pick<Mapping, 'targetTrust'>[]
}): ReadonlySet<RecordId> {
  const ids = new Set<RecordId>()
  for (const { targetTrust } of mappings) if (targetTrust?.caRecordId !== undefined) ids.add(targetTrust.caRecordId)
  return ids
}

/** Trust with the record that the account names already where there is one of the same certificates. */
export function sharingCaRecords(account: Account): (trust: MappingTrust) => MappingTrust {
  const byHash = new Map([...namedCaRecords(account)].map((id) => [id.slice(0, hashLength), id]))
  return (trust) => {
    const known = trust.caRecordId && byHash.get(trust.caRecordId.slice(0, hashLength))
    return known === undefined ? trust : { ...trust, caRecordId: known }
  }
}
