import { readFile } from 'node:fs/promises'
import { UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { IssuerError } from '../issuer-error.ts'
import { readCaCertificates } from './foreign-pem.ts'

/**
 * The CA of an issuer that does not tell it itself: the operator puts it into a file, the root last. Read anew each
 * time.
 * @throws IssuerError
 */
export async function readCaFile(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8')
    return readCaCertificates(pem)
      .map((certificate) => certificate.toString())
      .join('')
  } catch (cause) {
    const reason = cause instanceof UnfitCertificate ? `it ${cause.message}` : (cause as NodeJS.ErrnoException).code
    throw new IssuerError('ISSUED_CHAIN_INVALID', `The CA of the issuer, in ${path}, cannot be used: ${reason}.`, {
      cause,
    })
  }
}
