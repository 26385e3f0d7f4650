import { UnfitCertificate } from './unfit-certificate.ts'

const certificate = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/**
 * The certificates of a PEM text, in DER, as OpenSSL reads them: whatever else it might find there, or read otherwise,
 * is refused.
 * @throws UnfitCertificate
 */
export function readPemCertificates(pem: string): readonly Buffer[] {
  const ders = Array.from(pem.matchAll(certificate), ([, base64 = '']) => decode(base64))
  if (ders.length > 0 && ders.length === pem.split('-----BEGIN').length - 1) return ders
  throw new UnfitCertificate('malformed', 'is not a certificate in PEM')
}

function decode(base64: string): Buffer {
  const digits = base64.replaceAll(/\s/g, '')
  const der = Buffer.from(digits, 'base64')
  if (der.toString('base64') === digits) return der
  throw new UnfitCertificate('malformed', 'is not a certificate in PEM')
}
