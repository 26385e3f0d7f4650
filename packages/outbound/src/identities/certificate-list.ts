import { X509Certificate } from 'node:crypto'
import { getCACertificates } from 'node:tls'
import {
  checkTrustedCas,
  readPemCertificates,
  systemConstraints,
  UnfitCertificate,
} from '@mtls-gateway/certificate-rules'
import { countDerElements } from '@mtls-gateway/domain'
import { TransportError } from '../failures/transport-error.ts'

const certificate = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g

/** The certificates of a PEM text, each for itself. */
export function splitCertificates(pem: string): readonly string[] {
  return pem.match(certificate) ?? []
}

/**
 * What a deployment trusts: these, and what `NODE_EXTRA_CA_CERTS` names.
 * @throws TransportError `TARGET_TRUST_UNUSABLE`
 */
export function checkDeploymentCas(extraCa: readonly string[]): void {
  for (const pem of [...getCACertificates('extra'), ...extraCa]) checkCertificates(pem)
}

const constraintsOfDeployments = new WeakMap<readonly string[], number>()

/**
 * ASN.1 elements of name constraints that a chain can meet among the CAs that a deployment and Node trust: those of one
 * CA, as these come from an operator, who has them vouch for each other at most once or twice.
 * @throws UnfitCertificate
 */
export function deploymentConstraints(extraCa: readonly string[]): number {
  const known = constraintsOfDeployments.get(extraCa)
  if (known !== undefined) return known
  const cas = [...getCACertificates('extra'), ...extraCa].flatMap(readPemCertificates)
  const most = Math.max(systemConstraints, ...cas.map((der) => checkTrustedCas([der])))
  constraintsOfDeployments.set(extraCa, most)
  return most
}

/**
 * CAs that a deployment trusts. OpenSSL stops reading a list of trust anchors at the first one that it cannot parse,
 * and says nothing; and a target whose certificate comes from one that Node cannot describe would end the process.
 * @throws TransportError `TARGET_TRUST_UNUSABLE` unless the PEM is one or more certificates, each of which may be used
 */
function checkCertificates(pem: string): void {
  weighCertificates(pem)
  try {
    for (const der of readPemCertificates(pem)) checkTrustedCas([der])
    for (const each of splitCertificates(pem)) new X509Certificate(each)
  } catch (error) {
    const options = error instanceof UnfitCertificate ? { detail: error.message } : {}
    throw new TransportError('TARGET_TRUST_UNUSABLE', { ...options, cause: error })
  }
}

// Measured on Node 24 (ADR 60), each for its worst case: names of one letter once they were compared, one long name,
// the text itself.
const elementBytes = 150
const derByteBytes = 6

/**
 * As {@link checkCertificates} as far as that can be told without parsing, for what was parsed when it was uploaded:
 * what X509Certificate takes is only given back by a collection of the heap.
 * @returns about what they take in a context, and as text
 */
export function weighCertificates(pem: string): number {
  const announced = pem.split('-----BEGIN').length - 1
  let found = 0
  let bytes = pem.length
  for (const [, base64 = ''] of pem.matchAll(certificate)) {
    const der = Buffer.from(base64, 'base64')
    const elements = countDerElements(der)
    if (elements === undefined) throw new TransportError('TARGET_TRUST_UNUSABLE')
    bytes += elements * elementBytes + der.length * derByteBytes
    found++
  }
  if (found === 0 || found !== announced) throw new TransportError('TARGET_TRUST_UNUSABLE')
  return bytes
}
