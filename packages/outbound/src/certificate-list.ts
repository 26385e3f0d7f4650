import { X509Certificate } from 'node:crypto'
import { TransportError } from './transport-error.ts'

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a PEM text, each for itself. */
export function splitCertificates(pem: string): readonly string[] {
  return pem.match(certificate) ?? []
}

/**
 * OpenSSL stops reading a list of trust anchors at the first one that it cannot parse, and says nothing.
 * @throws TransportError `TARGET_TRUST_UNUSABLE` unless the PEM is one or more certificates
 */
export function checkCertificates(pem: string): void {
  const found = splitCertificates(pem)
  const announced = pem.split('-----BEGIN').length - 1
  if (found.length === 0 || found.length !== announced) throw new TransportError('TARGET_TRUST_UNUSABLE')
  try {
    for (const each of found) new X509Certificate(each)
  } catch (error) {
    throw new TransportError('TARGET_TRUST_UNUSABLE', { cause: error })
  }
}
