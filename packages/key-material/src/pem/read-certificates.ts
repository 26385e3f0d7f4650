import { checkCertificate } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import { pemBlocks } from './pem-blocks.ts'

const labels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

/** The certificates in a text, in order, as one PEM each. @throws Fault `PEM_MALFORMED` */
export function readCertificates(text: string): string[] {
  const certificates = pemBlocks(text).filter(({ label }) => labels.has(label))
  if (certificates.length === 0) {
    throw new Fault(
      'PEM_MALFORMED',
      'The certificate is not PEM text with a "-----BEGIN CERTIFICATE-----" block.',
      checkCertificate,
    )
  }
  return certificates.map(({ pem }) => pem)
}
