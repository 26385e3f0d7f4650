import { limits, type TargetTrustRequest } from '@mtls-gateway/contract'
import {
  CodedError,
  limitExceeded,
  type MappingTrust,
  parseServerName,
  parseSpkiPin,
  parseTrustName,
} from '@mtls-gateway/domain'
import type { TrustedCas, TrustedCasRefusal } from '@mtls-gateway/key-material'

/** A trust whose CA certificates are not stored yet, or those of a trust list that nobody has looked for yet. */
export interface RequestedTrust extends Omit<MappingTrust, 'caRecordId'> {
  /** PEM, one certificate each. */
  readonly caCertificates?: readonly string[]
}

/** The results of reading CA certificates, by the text that was sent. */
export type ReadCas = ReadonlyMap<string, TrustedCas>

const ownField = 'targetTrust.caCertificates'

/** The CA certificate texts to read, each once. */
export function caTexts(bodies: readonly (TargetTrustRequest | null | undefined)[]): readonly string[] {
  const texts = bodies.flatMap((body) => body?.caCertificates ?? [])
  return [...new Set(texts)].filter((text) => limitFault(text) === undefined)
}

/**
 * @throws CodedError `VALIDATION_FAILED`, `TARGET_TRUST_EMPTY`, `TARGET_TRUST_AMBIGUOUS`, `LIMIT_EXCEEDED`,
 *   `PEM_MALFORMED`, `KEY_TYPE_UNSUPPORTED`
 */
export function readTargetTrust(body: TargetTrustRequest, cas: ReadCas): RequestedTrust {
  const { caCertificates, trust: list, spkiPins, serverName } = body
  if (typeof caCertificates === 'string' && typeof list === 'string') throw trustedTwice()
  const trust = {
    ...(typeof caCertificates === 'string' && { caCertificates: trustedCas(caCertificates, cas).certificates }),
    ...(typeof list === 'string' && { trust: parseTrustName(list, 'targetTrust.trust') }),
    ...(spkiPins && spkiPins.length > 0 && { spkiPins: spkiPins.map(parseSpkiPin) }),
    ...(typeof serverName === 'string' && { serverName: parseServerName(serverName) }),
  }
  if (Object.keys(trust).length > 0) return trust
  throw new CodedError(
    'TARGET_TRUST_EMPTY',
    '"targetTrust" has neither CA certificates, nor a trust list, nor pins, nor a server name. To remove it, send null.',
    { details: { field: 'targetTrust' } },
  )
}

/**
 * The certificates of a text that was read.
 * @throws CodedError `LIMIT_EXCEEDED`, `PEM_MALFORMED`, `KEY_TYPE_UNSUPPORTED`
 */
export function trustedCas(text: string, cas: ReadCas, field = ownField): Exclude<TrustedCas, TrustedCasRefusal> {
  const fault = limitFault(text, field)
  if (fault) throw fault
  const read = cas.get(text)
  if (!read) throw new TypeError('what is within the limits was read')
  if ('certificates' in read) return read
  const { code, problem, limit } = read
  throw new CodedError(code, `"${field}" ${problem}`, { details: { field, ...(limit !== undefined && { limit }) } })
}

function trustedTwice(): CodedError {
  return new CodedError(
    'TARGET_TRUST_AMBIGUOUS',
    '"targetTrust" has CA certificates of its own and a trust list. Send one of them.',
    { details: { field: 'targetTrust' } },
  )
}

function limitFault(text: string, field = ownField): CodedError | undefined {
  if (text.length > limits.file) return limitExceeded(field, limits.file, 'bytes (256 KiB)')
  if (text.split('-----BEGIN').length - 1 > limits.trustedCas) {
    return limitExceeded(field, limits.trustedCas, 'certificates')
  }
  return undefined
}
