import { X509Certificate } from 'node:crypto'
import { checkCertificate, readPemCertificates, subjectAltNames } from '@mtls-gateway/certificate-rules'
import { type CallerCertificate, certificateInvalid } from '@mtls-gateway/request-auth'

/** The names and times of a certificate that has been verified. */
export function readCallerCertificate(certificate: X509Certificate): CallerCertificate {
  const names = subjectAltNames(certificate.subjectAltName)
  const ofKind = (kind: string) => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
  return {
    uris: ofKind('URI:'),
    dnsNames: ofKind('DNS:').map((name) => name.toLowerCase()),
    subject: { ...certificate.toLegacyObject().subject },
    isCa: certificate.ca,
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  }
}

/**
 * The certificate in a header: a byte sequence (RFC 9440), or PEM as in a query, as nginx writes it.
 * @throws CodedError `CALLER_CERTIFICATE_INVALID`
 */
export function certificateInHeader(field: string): X509Certificate {
  try {
    const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(field) ?? []
    const ders = base64 === undefined ? readPemCertificates(decodeURIComponent(field)) : [Buffer.from(base64, 'base64')]
    const [der] = ders
    if (der !== undefined && ders.length === 1) {
      checkCertificate(der, 'theirs')
      return new X509Certificate(der)
    }
  } catch {
    // Told below: what is wrong with it is for whoever runs the proxy.
  }
  throw certificateInvalid('caller-certificate-malformed', 'the proxy did not pass it on as one certificate')
}
