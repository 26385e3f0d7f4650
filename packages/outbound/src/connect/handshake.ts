import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
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

/** What a target asks of the client's certificate. */
export interface ClientCertificateRequest {
  /** The names of the issuers that it accepts, in DER. None: it did not say. */
  readonly authorities: readonly Buffer[]
  /** The numbers of the signatures that it accepts. */
  readonly signatures: readonly number[]
  /** None of them is one of the client's key, so OpenSSL sent no certificate. */
  readonly isWithheld: boolean
}

/** What a handshake has shown when it is over, or has failed. */
export interface SeenHandshake {
  /** Undefined where the target's certificate was neither accepted nor refused. */
  readonly handshake: Handshake | undefined
  /** The target's certificates in DER, as it sent them, leaf first. */
  readonly chain: readonly Buffer[]
  /** Undefined where the target did not ask for a client certificate. */
  readonly request: ClientCertificateRequest | undefined
  /** Undefined where it has failed. */
  readonly socket: TLSSocket | undefined
}

export type HandshakeListener = (seen: SeenHandshake) => void

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
