import { checkCertificate } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { pemBlocks } from './pem-blocks.ts'

const labels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

/** The certificates in a text, in order, as one PEM each. @throws Fault `PEM_MALFORMED` */
export function readCertificates(text: string): string[] {
  const blocks = pemBlocks(text)
  const certificates = blocks.filter(({ label }) => labels.has(label))
  if (certificates.length === 0 && blocks.some(({ label }) => /^(?:PKCS7|PKCS #7 SIGNED DATA|CMS)$/.test(label))) {
    throw new Fault(
      'PEM_MALFORMED',
      'This is a PKCS#7 file (.p7b, .p7c). Take the certificates out of it, and give those.',
      'openssl pkcs7 -print_certs -in client.p7b -out certificate.pem',
    )
  }
  if (certificates.length === 0) {
    throw new Fault(
      'PEM_MALFORMED',
      'The certificate is not PEM text with a "-----BEGIN CERTIFICATE-----" block.',
      checkCertificate,
    )
  }
  return certificates.map(({ pem }) => pem)
}
