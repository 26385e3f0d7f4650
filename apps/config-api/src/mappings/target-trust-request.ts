import { limits, type TargetTrustRequest } from '@mtls-gateway/contract'
import { CodedError, limitExceeded, type MappingTrust, parseServerName, parseSpkiPin } from '@mtls-gateway/domain'
import type { TrustedCas } from '@mtls-gateway/key-material'
import { createTargetTrust, type TargetTrust } from '@mtls-gateway/outbound'

/** A trust whose CA certificates are not stored yet. */
export interface RequestedTrust extends Omit<MappingTrust, 'caRecordId'> {
  /** PEM, one certificate each. */
  readonly caCertificates?: readonly string[]
}

/** The results of reading CA certificates, by the text that was sent. */
export type ReadCas = ReadonlyMap<string, TrustedCas>

const field = 'targetTrust.caCertificates'

/** The CA certificate texts to read, each once. */
export function caTexts(bodies: readonly (TargetTrustRequest | null | undefined)[]): readonly string[] {
  const texts = bodies.flatMap((body) => body?.caCertificates ?? [])
  return [...new Set(texts)].filter((text) => limitFault(text) === undefined)
}

/**
 * @throws CodedError `VALIDATION_FAILED`, `TARGET_TRUST_EMPTY`, `LIMIT_EXCEEDED`, `PEM_MALFORMED`,
 *   `KEY_TYPE_UNSUPPORTED`
 */
export function readTargetTrust(body: TargetTrustRequest, cas: ReadCas): RequestedTrust {
  const { caCertificates, spkiPins, serverName } = body
  const trust = {
    ...(typeof caCertificates === 'string' && { caCertificates: certificatesOf(caCertificates, cas) }),
    ...(spkiPins && spkiPins.length > 0 && { spkiPins: spkiPins.map(parseSpkiPin) }),
    ...(typeof serverName === 'string' && { serverName: parseServerName(serverName) }),
  }
  if (Object.keys(trust).length > 0) return trust
  throw new CodedError(
    'TARGET_TRUST_EMPTY',
    '"targetTrust" has neither CA certificates nor pins nor a server name. To remove it, send null.',
    { details: { field: 'targetTrust' } },
  )
}

/** The same trust, in the form that calls use. */
export function requestedTargetTrust({ caCertificates, ...rest }: RequestedTrust): TargetTrust {
  return createTargetTrust({ ...rest, ...(caCertificates && { caCertificates: caCertificates.join('\n') }) })
}

function certificatesOf(text: string, cas: ReadCas): readonly string[] {
  const fault = limitFault(text)
  if (fault) throw fault
  const read = cas.get(text)
  if (!read) throw new TypeError('what is within the limits was read')
  if ('certificates' in read) return read.certificates
  const { code, problem, limit } = read
  throw new CodedError(code, `"${field}" ${problem}`, { details: { field, ...(limit !== undefined && { limit }) } })
}

function limitFault(text: string): CodedError | undefined {
  if (text.length > limits.file) return limitExceeded(field, limits.file, 'bytes (256 KiB)')
  if (text.split('-----BEGIN').length - 1 > limits.trustedCas) {
    return limitExceeded(field, limits.trustedCas, 'certificates')
  }
  return undefined
}
