import { type Certificate, isExpired } from '@mtls-gateway/domain'

export type CertificateStatus = 'Available' | 'UnAvailable' | 'Expired' | 'PendingSignature'

/** A certificate as the wire has it (contract, "Config API"). Dates are ISO 8601 in UTC. */
export interface CertificateView {
  readonly id: number
  readonly deleted: boolean
  readonly name: string
  readonly displayName: string
  readonly siteId: string
  readonly status: CertificateStatus
  readonly expirationDate: string
  readonly fingerprintSha256: string
  readonly subject: string
  readonly issuer: string
  readonly serialNumber: string
  readonly keyType: string
  readonly notBefore: string
  readonly clientAuth: string
  readonly warnings: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
}

export interface CertificateViewFacts {
  readonly siteId: string
  /** Whether the store holds the key that the account names. */
  readonly keyPresent: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  readonly deleted?: boolean
}

export function viewCertificate(certificate: Certificate, facts: CertificateViewFacts): CertificateView {
  const { current } = certificate
  return {
    id: certificate.id,
    deleted: facts.deleted ?? false,
    name: certificate.name,
    displayName: certificate.name,
    siteId: facts.siteId,
    status: statusOf(certificate, facts),
    expirationDate: current.notAfter,
    fingerprintSha256: current.fingerprintSha256,
    subject: current.subject,
    issuer: current.issuer,
    serialNumber: current.serialNumber,
    keyType: current.keyType,
    notBefore: current.notBefore,
    clientAuth: current.clientAuth,
    warnings: current.warnings,
    createdAt: certificate.createdAt,
    updatedAt: certificate.updatedAt,
  }
}

function statusOf(certificate: Certificate, { keyPresent, now }: CertificateViewFacts): CertificateStatus {
  if (!keyPresent) return 'UnAvailable'
  return isExpired(certificate, now) ? 'Expired' : 'Available'
}
