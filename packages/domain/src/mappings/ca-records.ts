import { parseRecordId, type RecordId } from '../identifiers/ids.ts'
import type { Mapping } from './mapping.ts'
import type { MappingTrust } from './mapping-trust.ts'

const hashLength = 43

/**
 * The id of a record of CA certificates: their SHA-256 in base64url, and at most 20 random characters. By the hash
 * alone, whoever removes the last mapping of a record would purge it from under one who finds it there and is about to
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

/** An account, by what its mappings trust. */
interface TrustingMappings {
  readonly mappings: readonly Pick<Mapping, 'targetTrust'>[]
}

/** The records of CA certificates that mappings of an account name. */
export function namedCaRecords({ mappings }: TrustingMappings): ReadonlySet<RecordId> {
  const ids = new Set<RecordId>()
  for (const { targetTrust } of mappings) if (targetTrust?.caRecordId !== undefined) ids.add(targetTrust.caRecordId)
  return ids
}

/** Trust with the record that the account names already where there is one of the same certificates. */
export function sharingCaRecords(account: TrustingMappings): (trust: MappingTrust) => MappingTrust {
  const byHash = new Map([...namedCaRecords(account)].map((id) => [id.slice(0, hashLength), id]))
  return (trust) => {
    const known = trust.caRecordId && byHash.get(trust.caRecordId.slice(0, hashLength))
    return known === undefined ? trust : { ...trust, caRecordId: known }
  }
}
