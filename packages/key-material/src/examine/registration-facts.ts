import { createHash } from 'node:crypto'
import { subjectAltNames } from '@mtls-gateway/certificate-rules'
import type { Certificate } from '../certificate/certificate.ts'
import { certificateFacts } from '../certificate/facts.ts'
import { readStored, type StoredChain } from './read-stored.ts'

/** What the owner of a target asks for who registers a client certificate by hand. Times are ISO 8601 in UTC. */
export interface RegistrationFacts {
  /** SHA-1 of the DER, lower-case hex. */
  readonly fingerprintSha1: string
  readonly fingerprintSha256: string
  /** In lower-case hex, and the same number in decimal. */
  readonly serialNumber: string
  readonly serialNumberDecimal: string
  /** As RFC 4514 has it, most specific part first. */
  readonly subject: string
  /** As OpenSSL prints it, in the order of the encoding. */
  readonly subjectInOrder: string
  readonly issuer: string
  readonly issuerInOrder: string
  readonly subjectAltNames: readonly string[]
  readonly keyType: string
  readonly notBefore: string
  readonly notAfter: string
  /** `sha256/` and the SHA-256 of the SubjectPublicKeyInfo as base64. */
  readonly publicKeyPin: string
  /** The leaf first. */
  readonly certificates: readonly RegisteredCertificate[]
}

export interface RegisteredCertificate {
  readonly subject: string
  /** It has signed itself, and stands above the leaf. */
  readonly isRoot: boolean
  readonly pem: string
}

/** @throws CodedError `STORE_DAMAGED` as for {@link readStored} */
export function registrationFacts(stored: StoredChain): RegistrationFacts {
  const certificates = readStored(stored)
  const [leaf] = certificates
  const { fingerprintSha256, serialNumber, subject, issuer, keyType, notBefore, notAfter } = certificateFacts(leaf)
  return {
    ...{ fingerprintSha256, serialNumber, subject, issuer, keyType, notBefore, notAfter },
    fingerprintSha1: createHash('sha1').update(leaf.x509.raw).digest('hex'),
    serialNumberDecimal: decimal(serialNumber),
    subjectInOrder: leaf.subjectInOrder,
    issuerInOrder: leaf.issuerInOrder,
    subjectAltNames: subjectAltNames(leaf.x509.subjectAltName),
    publicKeyPin: `sha256/${createHash('sha256').update(leaf.spki).digest('base64')}`,
    certificates: certificates.map((certificate) => registered(certificate, certificate === leaf)),
  }
}

/** Some CAs give negative ones, which RFC 5280 (section 4.1.2.2) has readers cope with. */
function decimal(hex: string): string {
  return hex.startsWith('-') ? `-${decimal(hex.slice(1))}` : BigInt(`0x${hex}`).toString()
}

function registered(certificate: Certificate, isLeaf: boolean): RegisteredCertificate {
  const { subject, pem } = certificate
  return { subject, isRoot: !isLeaf && certificate.selfSigned, pem: `${pem.trim()}\n` }
}
