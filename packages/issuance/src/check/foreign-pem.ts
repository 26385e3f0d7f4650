import { X509Certificate } from 'node:crypto'
import { checkTrustedCas, readPemCertificates } from '@mtls-gateway/certificate-rules'

/** In characters. A chain of ten certificates has 30,000. */
export const maxCertificateText = 256 * 1024

/** Whether a text has a certificate at all, to tell one that is damaged from a page of a proxy. */
export function hasCertificate(text: string): boolean {
  return text.length <= maxCertificateText && text.includes('-----BEGIN CERTIFICATE-----')
}

/**
 * The certificates of a CA, as another server sent them: OpenSSL gets to see them only once they have passed the rules
 * for CAs that are trusted.
 * @throws UnfitCertificate
 */
export function readCaCertificates(pem: string): readonly X509Certificate[] {
  const ders = readPemCertificates(pem.slice(0, maxCertificateText))
  checkTrustedCas(ders)
  return ders.map((der) => new X509Certificate(der))
}
