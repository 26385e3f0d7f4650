import { CodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { isDomainName } from './target-url.ts'

/**
 * How a mapping wants its target to be verified (docs/mappings.md). Anything left out is as for other targets.
 */
export interface MappingTrust {
  /** Names the record of the CA certificates, below `chains`. */
  readonly caRecordId?: RecordId
  /** The trust list that the CA certificates are those of. The record is there for whoever knows of no lists. */
  readonly trust?: string
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
export function parseServerName(text: string, field = 'targetTrust.serverName'): string {
  const name = text.toLowerCase()
  if (isDomainName(name) && !name.endsWith('.') && !/(?:^|\.)\d+$/.test(name)) return name
  throw new CodedError('VALIDATION_FAILED', `"${field}" is not a host name. Write it as in a url.`, {
    details: { field },
  })
}

/**
 * Equal only for trusts that verify alike, whether by a list or by the same certificates of their own. It may be long:
 * no two parts of it can be mistaken for one another.
 */
export function trustKey({ caRecordId = '', spkiPins = [], serverName = '' }: TrustParts): string {
  return [caRecordId, serverName, ...[...spkiPins].sort()].join(' ')
}

/** As {@link MappingTrust}; the list of CA certificates may have another name than that of its record. */
export interface TrustParts extends Omit<MappingTrust, 'caRecordId' | 'trust'> {
  readonly caRecordId?: string
}
