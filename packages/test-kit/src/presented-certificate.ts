import type { TLSSocket } from 'node:tls'

/** The client certificate of a connection, as the target saw it. */
export interface PresentedCertificate {
  /** The attributes in the certificate's order, such as `O=Acme, CN=client`. */
  readonly subject: string
  readonly issuer: string
  readonly commonName: string
  /** SHA-256, lower-case hex without colons. */
  readonly fingerprint256: string
}

/** `null` when the client presented none. */
export function presentedCertificate(socket: TLSSocket): PresentedCertificate | null {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  const commonName = certificate.subject.split('\n').find((attribute) => attribute.startsWith('CN='))
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    commonName: commonName?.slice('CN='.length) ?? '',
    fingerprint256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  }
}
