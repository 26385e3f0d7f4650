import { countDerElements } from '@mtls-gateway/domain'
import { readCertificate } from './certificate.ts'
import { MalformedDer } from './der-reader.ts'
import { flightRefusal } from './flight-refusal.ts'
import { publicKeyProblem } from './public-key-rules.ts'

const maxCertificates = 16
/** As of the CAs that an account uploads: real certificates have 2 KB and 60 elements, and one more for each name. */
const maxCertificateBytes = 16 * 1024
const maxElements = 1_000
/** For the whole chain: some of OpenSSL's work on it grows with the square of this. */
const maxChainElements = 2_000
/** Each place of a revocation list can have OpenSSL copy the issuer's name: 0.5 s for a certificate of 15 KB. */
const maxRevocationElements = 64
/** Each name is compared with each constraint: 50 ms for 900 URIs and 450 constraints. */
const maxComparisons = 50_000

/**
 * OpenSSL decodes the keys of all certificates that it is sent before it looks at any, and then verifies each
 * signature up to a certificate that it trusts or does not find: Node only tells it afterwards that a chain is refused.
 * @param chain in DER, as the target sends it
 * @throws TransportError
 */
export function checkChain(chain: Iterable<Buffer>): void {
  const all: CertificateCounts[] = []
  for (const der of chain) {
    if (all.length === maxCertificates) throw flightRefusal(`its chain has more than ${maxCertificates} certificates`)
    all.push(checkCertificate(der, `certificate ${all.length + 1} of its chain`))
  }
  const sum = (of: keyof CertificateCounts) => all.reduce((total, each) => total + each[of], 0)
  const elements = sum('elements')
  if (elements > maxChainElements) {
    throw flightRefusal(`its chain has ${elements} ASN.1 elements, where ${maxChainElements} are the most`)
  }
  if (sum('names') * sum('constraints') > maxComparisons) {
    throw flightRefusal('its chain has too many names and name constraints')
  }
}

/** In ASN.1 elements. */
interface CertificateCounts {
  readonly elements: number
  readonly names: number
  readonly constraints: number
}

function checkCertificate(der: Buffer, which: string): CertificateCounts {
  if (der.length > maxCertificateBytes) {
    throw flightRefusal(`${which} has ${der.length} bytes, where ${maxCertificateBytes} are the most`)
  }
  try {
    const { publicKey, extensions } = readCertificate(der)
    const counts = {
      elements: count([der]),
      names: count(extensions.alternativeNames),
      constraints: count(extensions.nameConstraints),
    }
    const problem =
      publicKeyProblem(publicKey) ?? elementsProblem(counts.elements) ?? revocationProblem(extensions.revocationLists)
    if (problem === undefined) return counts
    throw flightRefusal(`${which} ${problem}`)
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error
    throw flightRefusal(`${which} is not a certificate in DER`)
  }
}

function elementsProblem(elements: number): string | undefined {
  return elements > maxElements ? `has ${elements} ASN.1 elements, where ${maxElements} are the most` : undefined
}

function revocationProblem(revocationLists: readonly Buffer[]): string | undefined {
  return count(revocationLists) > maxRevocationElements ? 'names too many places of revocation lists' : undefined
}

/** How many elements these have together, at any depth. */
function count(values: readonly Buffer[]): number {
  let elements = 0
  for (const value of values) {
    const each = countDerElements(value)
    if (each === undefined) throw new MalformedDer()
    elements += each
  }
  return elements
}
