import { createHash } from 'node:crypto'
import type { CertificateFacts } from '@mtls-gateway/domain'
import type { Certificate } from './certificate.ts'

const clientAuthentication = '1.3.6.1.5.5.7.3.2'
const anyExtendedKeyUsage = '2.5.29.37.0'

export function certificateFacts(certificate: Certificate): CertificateFacts {
  const { x509 } = certificate
  return {
    fingerprintSha256: createHash('sha256').update(x509.raw).digest('hex'),
    spkiSha256: createHash('sha256').update(certificate.spki).digest('base64url'),
    subject: certificate.subject,
    issuer: certificate.issuer,
    serialNumber: x509.serialNumber.toLowerCase(),
    keyType: certificate.key.label,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    clientAuth: clientAuth(x509.keyUsage),
  }
}

/** @param usages the extended key usages, which Node calls `keyUsage` */
export function clientAuth(usages: readonly string[] | undefined): CertificateFacts['clientAuth'] {
  if (!usages) return 'unrestricted'
  return usages.includes(clientAuthentication) || usages.includes(anyExtendedKeyUsage) ? 'present' : 'absent'
}
