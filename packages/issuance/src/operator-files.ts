import { readFile } from 'node:fs/promises'
import { IssuerError, type IssuerErrorCode } from './issuer-error.ts'

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The content of a file of the operator's, read anew each time, so that what replaces it counts at once. White space
 * around it does not count.
 * @param what what it holds, for the sentence; where it is, only the log is told
 * @throws IssuerError with this code
 */
export async function readOperatorFile(path: string, what: string, code: IssuerErrorCode): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const message = `The file with ${what} cannot be read. The operator of the gateway has to put it in place.`
    // From node:fs, with the path: this is for the log alone.
    throw new IssuerError(code, message, { cause: error })
  }
}

/** The certificates of a CA in such a file: PEM, each once, with nothing beside them. @throws IssuerError */
export async function readCaFile(path: string): Promise<string> {
  const text = await readOperatorFile(path, 'the certificates of this CA', 'ISSUER_UNREACHABLE')
  const certificates = text.match(certificatePem)
  if (certificates !== null) return `${certificates.join('\n')}\n`
  const message =
    'The file with the certificates of this CA has none in PEM. The operator of the gateway has to fix it.'
  throw new IssuerError('ISSUER_UNREACHABLE', message, { cause: new Error(`no certificate in ${path}`) })
}
