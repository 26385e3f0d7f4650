import { X509Certificate } from 'node:crypto'
import { pathUp } from '../failures/transport-sentences.ts'
import { type CertificateDescription, describeCertificate } from './handshake-trace.ts'

/** A certificate that a target sent. */
export interface SentCertificate extends CertificateDescription {
  /** ISO 8601. */
  readonly notBefore: string
  readonly pem: string
}

/** What a target sent as its chain, and which of it could vouch for the rest. */
export interface TargetChain {
  /** From the leaf up, each one issued by the next; what does not belong there is left out. */
  readonly path: readonly SentCertificate[]
  /**
   * The place in `path` of the certificate that a trust in this target would be a trust in: its uppermost CA, or the
   * certificate itself where it is self-signed. Null: the target sent neither.
   */
  readonly anchor: number | null
  /** The uppermost certificate was issued by itself: no other could vouch for it. */
  readonly isComplete: boolean
}

/**
 * Verifies signatures by whatever keys the target sent, so it belongs in a process of its own.
 * @param chain in DER, leaf first, after `checkChain`
 */
export function describeTargetChain(chain: readonly Buffer[]): TargetChain {
  const sent = chain.map((der) => new X509Certificate(der))
  const path = pathUp(sent, (below, other) => other.ca && isIssuedBy(below, other))
  const top = path.at(-1)
  const isComplete = top !== undefined && isIssuedBy(top, top)
  const isAnchor = path.length === 1 ? isComplete : top?.ca === true
  const described = path.map((certificate) => ({
    ...describeCertificate(certificate),
    notBefore: certificate.validFromDate.toISOString(),
    pem: certificate.toString(),
  }))
  return { path: described, anchor: isAnchor ? path.length - 1 : null, isComplete }
}

/** By name and by signature: a name alone can be anybody's. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}
