import { type CertificateCounts, checkCertificate, tooMany } from './certificate-rules.ts'
import { UnfitCertificate } from './unfit-certificate.ts'

/**
 * Each name of a chain is compared with each constraint of the CAs above it: at most 2 us, where an address in Unicode
 * meets one in punycode, with four elements for the name and two for the constraint. The other kinds take a tenth.
 */
const maxComparisons = 40_000
/** Of all CAs of one trust: they meet whatever names come later. Real ones have fewer than 20. */
const maxTrustConstraints = 40
/** With all constraints that a trust may have, they take two fifths of what a target's names may take. */
const maxClientNames = 400

const sum = (counts: readonly CertificateCounts[], of: keyof CertificateCounts) =>
  counts.reduce((total, each) => total + each[of], 0)

/** Whether names and constraints of a chain are too many, whichever CAs are trusted. */
export function takesTooManyComparisons(chain: readonly CertificateCounts[]): boolean {
  return sum(chain, 'names') * (sum(chain, 'constraints') + maxTrustConstraints) > maxComparisons
}

/**
 * CAs that are trusted together, in DER.
 * @throws UnfitCertificate
 */
export function checkTrustedCas(cas: readonly Buffer[]): void {
  const constraints = sum(
    cas.map((der) => checkCertificate(der, 'theirs')),
    'constraints',
  )
  if (constraints <= maxTrustConstraints) return
  const limit = maxTrustConstraints
  const found = cas.length === 1 ? 'has' : 'has, together with the others,'
  throw new UnfitCertificate(
    'size',
    `${found} ${constraints} ASN.1 elements of name constraints, where ${limit} are the most`,
    limit,
  )
}

/**
 * A client certificate and its chain, in DER, the leaf first. Where there is no chain, OpenSSL looks for one among the
 * trusted CAs in each handshake, and Node has no setting against it: that compares names like the chain of a target.
 * @throws UnfitCertificate
 */
export function checkClientCertificates(certificates: readonly Buffer[]): void {
  for (const der of certificates) {
    const { names } = checkCertificate(der, 'ours')
    if (names > maxClientNames) throw tooMany(names, maxClientNames, 'ASN.1 elements of names')
  }
}
