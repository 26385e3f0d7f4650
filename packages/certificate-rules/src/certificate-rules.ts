import { countDerElements } from '@mtls-gateway/domain'
import { MalformedDer } from './der-reader.ts'
import { type CertificateSide, publicKeyProblem } from './public-key-rules.ts'
import { readCertificate } from './read-certificate.ts'
import { UnfitCertificate } from './unfit-certificate.ts'

/**
 * Both bound what a certificate takes where it is parsed; real ones have 2 KB and 60 elements, and one for each name.
 */
const maxBytes = 16 * 1024
const maxElements = 1_000
/** Each place of a revocation list can have OpenSSL copy the issuer's name: 0.5 s for a certificate of 15 KB. */
const maxRevocationElements = 64

/** In ASN.1 elements. */
export interface CertificateCounts {
  readonly elements: number
  /** What is compared with the name constraints of the CAs above it. */
  readonly names: number
  readonly constraints: number
}

/**
 * What holds for any certificate that OpenSSL is given, whoever it comes from: OpenSSL decodes its key as it parses it.
 * @throws UnfitCertificate
 */
export function checkCertificate(der: Buffer, side: CertificateSide): CertificateCounts {
  if (der.length > maxBytes) throw tooMany(der.length, maxBytes, 'bytes')
  try {
    const { subject, publicKey, extensions } = readCertificate(der)
    const elements = count(der)
    const problem = publicKeyProblem(publicKey, side)
    if (problem !== undefined) throw new UnfitCertificate('key', problem)
    if (elements > maxElements) throw tooMany(elements, maxElements, 'ASN.1 elements')
    if (countAll(extensions.revocationLists) > maxRevocationElements) {
      throw new UnfitCertificate('size', 'names too many places of revocation lists', maxRevocationElements)
    }
    // Each part of a subject has three elements, or four.
    const names = countAll(extensions.alternativeNames) + Math.ceil(count(subject) / 3)
    return { elements, names, constraints: countAll(extensions.nameConstraints) }
  } catch (error) {
    if (error instanceof MalformedDer) throw new UnfitCertificate('malformed', 'is not a certificate in DER')
    throw error
  }
}

export function tooMany(found: number, limit: number, unit: string): UnfitCertificate {
  return new UnfitCertificate('size', `has ${found} ${unit}, where ${limit} are the most`, limit)
}

/** How many elements it has, at any depth. */
function count(value: Buffer): number {
  const elements = countDerElements(value)
  if (elements === undefined) throw new MalformedDer()
  return elements
}

function countAll(values: readonly Buffer[]): number {
  return values.reduce((sum, value) => sum + count(value), 0)
}
