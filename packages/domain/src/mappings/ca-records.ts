import { parseRecordId, type RecordId } from '../identifiers/ids.ts'
import type { Mapping } from './mapping.ts'
import type { MappingTrust } from './mapping-trust.ts'
import type { TrustList } from './trust-list.ts'

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

/** The SHA-256 of the CA certificates of a record. */
export function caHashOf(id: string): string {
  return id.slice(0, hashLength)
}

/** Whether two records are of the same CA certificates. */
export function sharesCaCertificates(one: RecordId, other: RecordId): boolean {
  return caHashOf(one) === caHashOf(other)
}

/** An account, by what it trusts. */
export interface TrustingAccount {
  readonly mappings: readonly Pick<Mapping, 'targetTrust'>[]
  readonly trusts?: readonly Pick<TrustList, 'name' | 'caRecordId'>[]
}

/** The records of CA certificates that mappings and trust lists of an account name. */
export function namedCaRecords({ mappings, trusts = [] }: TrustingAccount): ReadonlySet<RecordId> {
  const ids = new Set(trusts.map((list) => list.caRecordId))
  for (const { targetTrust } of mappings) if (targetTrust?.caRecordId !== undefined) ids.add(targetTrust.caRecordId)
  return ids
}

/** The record that the account names already where there is one of the same certificates. */
export function sharedCaRecords(account: TrustingAccount): (id: RecordId) => RecordId {
  const byHash = new Map([...namedCaRecords(account)].map((id) => [caHashOf(id), id]))
  return (id) => byHash.get(caHashOf(id)) ?? id
}

/**
 * Trust as a mapping keeps it: with the record that the account names already where there is one of the same
 * certificates, or with that of its trust list; without one where the account has no such list (`trustFault`).
 */
export function sharingCaRecords(account: TrustingAccount): (trust: MappingTrust) => MappingTrust {
  const shared = sharedCaRecords(account)
  const lists = new Map(account.trusts?.map((list) => [list.name, list.caRecordId]))
  return ({ caRecordId: own, ...rest }) => {
    const id = rest.trust === undefined ? own && shared(own) : lists.get(rest.trust)
    return { ...rest, ...(id !== undefined && { caRecordId: id }) }
  }
}
