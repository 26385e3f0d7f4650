import { randomBytes, randomInt } from 'node:crypto'
import {
  type CertificateId,
  type MappingId,
  parseCertificateId,
  parseMappingId,
  parseRecordId,
  type RecordId,
} from '@mtls-gateway/domain'

/** 128 random bits: the id of something written once. */
export function newRecordId(): RecordId {
  return parseRecordId(randomBytes(16).toString('base64url'))
}

export function newCertificateId(): CertificateId {
  return parseCertificateId(randomInteger()) ?? newCertificateId()
}

export function newMappingId(): MappingId {
  return parseMappingId(randomInteger()) ?? newMappingId()
}

/** At least ten digits, as clients know it, and below 2^48, the widest range of `randomInt`. */
function randomInteger(): number {
  return randomInt(1_000_000_000, 2 ** 48 - 1)
}
