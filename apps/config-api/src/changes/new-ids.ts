import { createHash } from 'node:crypto'
import {
  type CertificateId,
  type MappingId,
  parseCertificateId,
  parseMappingId,
  type RecordId,
} from '@mtls-gateway/domain'

/** Ids for what a change makes, one after the other. */
export function newCertificateIds(changeId: RecordId): () => CertificateId {
  return parsed(madeIds(changeId), parseCertificateId)
}

/** Ids for what a change makes, one after the other. */
export function newMappingIds(changeId: RecordId): () => MappingId {
  return parsed(madeIds(changeId), parseMappingId)
}

const smallest = 1_000_000_000
const range = 2 ** 48 - smallest

/**
 * Numeric ids for what a change makes: at least ten digits, as clients expect, and below 2^48. They follow from the
 * change's own random id, so that whatever it made can be found again.
 */
export function madeIds(changeId: RecordId): () => number {
  let made = 0
  return () => {
    const hash = createHash('sha256').update(`${changeId} ${made++}`).digest()
    return smallest + (hash.readUIntBE(0, 6) % range)
  }
}

function parsed<Id>(next: () => number, parse: (value: number) => Id | undefined): () => Id {
  return () => {
    const id = parse(next())
    if (id === undefined) throw new TypeError('every number of this range is an id')
    return id
  }
}
