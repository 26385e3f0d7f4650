import { X509Certificate } from 'node:crypto'
import { readCrl } from './read-crl.ts'
import { readOcsp } from './read-ocsp.ts'
import { FaultyAnswer, type RevocationAnswer, type RevocationAnswerInput } from './revocation-answer.ts'

/**
 * Reads and checks what an authority has answered. Works in this process, so run it in a child, see `KeyMaterialPool`.
 * @param now milliseconds since 1970
 */
export async function readRevocationAnswer(
  { kind, issuer, certificates, answer }: RevocationAnswerInput,
  now: number,
): Promise<RevocationAnswer> {
  const authority = new X509Certificate(issuer)
  const [first] = certificates
  try {
    if (kind === 'crl') {
      const serials = certificates.map(({ serial }) => serial)
      return { statuses: await readCrl(answer, authority, serials, now) }
    }
    return { statuses: first ? [await readOcsp(answer, authority, first, now)] : [] }
  } catch (error) {
    // What the readers throw on bytes that are something else says nothing that anybody could use.
    return { fault: error instanceof FaultyAnswer ? error.fault : 'malformed' }
  }
}
