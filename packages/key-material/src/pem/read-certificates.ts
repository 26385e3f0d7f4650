import { checkCertificate } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { pemBlocks } from './pem-blocks.ts'

const labels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

const notPem = 'The certificate is not PEM text with a "-----BEGIN CERTIFICATE-----" block.'

/** What people take for their certificate, by the label of its block. */
const others: readonly { readonly is: (label: string) => boolean; readonly sentence: string; readonly fix?: string }[] =
  [
    {
      is: (label) => /^(?:PKCS7|PKCS #7 SIGNED DATA|CMS)$/.test(label),
      sentence: 'This is a PKCS#7 file (.p7b, .p7c). Take the certificates out of it, and give those.',
      fix: 'openssl pkcs7 -print_certs -in client.p7b -out certificate.pem',
    },
    {
      is: (label) => label.endsWith('CERTIFICATE REQUEST'),
      sentence:
        'This is a signing request (CSR), not the certificate. Send it to the CA, and give the certificate that it issues.',
    },
    {
      is: (label) => label.endsWith('PRIVATE KEY'),
      sentence: 'This is a private key, not the certificate. Give the certificate that was issued for it.',
    },
  ]

/** The certificates in a text, in order, as one PEM each. @throws Fault `PEM_MALFORMED` */
export function readCertificates(text: string): string[] {
  const blocks = pemBlocks(text)
  const certificates = blocks.filter(({ label }) => labels.has(label))
  if (certificates.length > 0) return certificates.map(({ pem }) => pem)
  const other = others.find(({ is }) => blocks.some(({ label }) => is(label)))
  throw new Fault('PEM_MALFORMED', other?.sentence ?? notPem, other === undefined ? checkCertificate : other.fix)
}
