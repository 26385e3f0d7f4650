import { subjectAltNames } from '@mtls-gateway/certificate-rules'
import { certificateFacts } from '../certificate/facts.ts'
import { extendedKeyUsage, keyUsage } from '../certificate/key-usage.ts'
import { readStored, type StoredChain } from './read-stored.ts'

/** What the account does not keep of a version's certificates. */
export interface CertificateDetails {
  /** `DNS:a.example`, `IP:192.0.2.1`, `email:a@a.example`, `URI:https://a.example/`. */
  readonly subjectAltNames: readonly string[]
  /** As RFC 5280 names them; empty if the certificate says nothing. */
  readonly keyUsage: readonly string[]
  /** As RFC 5280 names them, others by OID; empty if the certificate says nothing. */
  readonly extendedKeyUsage: readonly string[]
  /** The leaf first. */
  readonly chain: readonly ChainLink[]
}

export interface ChainLink {
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 in UTC. */
  readonly notAfter: string
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprintSha256: string
}

/** @throws CodedError `STORE_DAMAGED` as for {@link readStored} */
export function certificateDetails(stored: StoredChain): CertificateDetails {
  const certificates = readStored(stored)
  const [{ x509 }] = certificates
  return {
    subjectAltNames: subjectAltNames(x509.subjectAltName),
    keyUsage: keyUsage(x509.raw) ?? [],
    extendedKeyUsage: extendedKeyUsage(x509.keyUsage),
    chain: certificates.map((certificate) => {
      const { subject, issuer, notAfter, fingerprintSha256 } = certificateFacts(certificate)
      return { subject, issuer, notAfter, fingerprintSha256 }
    }),
  }
}
