import { X509Certificate } from 'node:crypto'
import { CodedError, limitExceeded, type MappingTrust, parseServerName, parseSpkiPin } from '@mtls-gateway/domain'
import { z } from 'zod'

const maxPins = 10

/** As clients send it. A field that is misspelt is refused, not ignored: the target would be verified by less than is meant. */
export const targetTrustSchema = z.strictObject({
  caCertificates: z.string().nullish(),
  spkiPins: z.array(z.string()).max(maxPins).nullish(),
  serverName: z.string().nullish(),
})
export type TargetTrustBody = z.infer<typeof targetTrustSchema>

/** A trust whose CA certificates are not stored yet. */
export interface RequestedTrust extends Omit<MappingTrust, 'caRecordId'> {
  /** PEM, one certificate each. */
  readonly caCertificates?: readonly string[]
}

const maxPemBytes = 256 * 1024
const maxCertificates = 10
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`, `PEM_MALFORMED` */
export function readTargetTrust({ caCertificates, spkiPins, serverName }: TargetTrustBody): RequestedTrust {
  const trust = {
    ...(typeof caCertificates === 'string' && { caCertificates: readCertificates(caCertificates) }),
    ...(spkiPins && spkiPins.length > 0 && { spkiPins: spkiPins.map(parseSpkiPin) }),
    ...(typeof serverName === 'string' && { serverName: parseServerName(serverName) }),
  }
  if (Object.keys(trust).length > 0) return trust
  throw new CodedError(
    'VALIDATION_FAILED',
    '"targetTrust" has neither CA certificates nor pins nor a server name. To remove it, send null.',
    { details: { field: 'targetTrust' } },
  )
}

function readCertificates(pem: string): readonly string[] {
  const field = 'targetTrust.caCertificates'
  if (pem.length > maxPemBytes) throw limitExceeded(field, maxPemBytes, 'bytes (256 KiB)')
  const found = pem.match(certificate) ?? []
  if (found.length > maxCertificates) throw limitExceeded(field, maxCertificates, 'certificates')
  // Anything else among them, such as a key, is not kept, and not passed over either.
  if (found.length > 0 && found.length === pem.split('-----BEGIN').length - 1) {
    try {
      return found.map((each) => new X509Certificate(each).toString())
    } catch {
      // OpenSSL's own message says less than the one below.
    }
  }
  throw new CodedError(
    'PEM_MALFORMED',
    `"${field}" is not a list of certificates. Send them as PEM, one after the other, and nothing else.`,
    { details: { field } },
  )
}
