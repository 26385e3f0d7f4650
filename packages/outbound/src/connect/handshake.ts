import type { X509Certificate } from 'node:crypto'
import { distinguishedName } from '@mtls-gateway/domain'

/** What a TLS handshake came to, for reports. */
export interface Handshake {
  /** `TLSv1.2`, `TLSv1.3`; null if the two sides did not get as far. */
  readonly protocol: string | null
  /** OpenSSL's name; null if the two sides did not get as far. */
  readonly cipher: string | null
  /** The target's certificate was verified and accepted. */
  readonly authorized: boolean
  readonly targetCertificate: TargetCertificate
  /** The target sent a CertificateRequest (RFC 8446 section 4.3.2, RFC 5246 section 7.4.4). */
  readonly clientCertificateRequested: boolean
}

export interface CertificateDescription {
  /** As RFC 4514 has it, like the issuer. */
  readonly subject: string
  readonly issuer: string
  /** ISO 8601. */
  readonly notAfter: string
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintSha256: string
}

export interface TargetCertificate extends CertificateDescription {
  /** As in the certificate, `DNS:a.example, IP Address:192.0.2.1`. */
  readonly subjectAltName: string | null
}

/** @param chain the target's certificates in DER, as it sent them, leaf first */
export type HandshakeListener = (handshake: Handshake, chain: readonly Buffer[]) => void

export function describeHandshake(
  certificate: X509Certificate,
  facts: Omit<Handshake, 'targetCertificate'>,
): Handshake {
  return {
    ...facts,
    targetCertificate: { ...describeCertificate(certificate), subjectAltName: certificate.subjectAltName ?? null },
  }
}

export function describeCertificate(certificate: X509Certificate): CertificateDescription {
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    notAfter: certificate.validToDate.toISOString(),
    fingerprintSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}
