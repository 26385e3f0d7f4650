import { type CertificateCounts, checkCertificate, tooMany } from './certificate-rules.ts'
import { UnfitCertificate } from './unfit-certificate.ts'

/**
 * Each name of a chain is compared with each constraint of the CAs above it: at most 2 us, where an address in Unicode
 * meets one in punycode, with four elements for the name and two for the constraint. The other kinds take a tenth.
 */
const maxComparisons = 40_000
/** The same for the names in our own certificate: one handshake may compare both. */
const maxClientComparisons = 16_000
/**
 * For all CAs of one trust together: a company's CA has about 50, for twenty domains. A target's chain may then still
 * have 100 elements of names, where 20 are usual.
 */
const maxTrustConstraints = 400
const maxClientNames = 400

/** What the CAs that come with Node are counted as: few have any. */
export const systemConstraints = 40

const sum = (counts: readonly CertificateCounts[], of: keyof CertificateCounts) =>
  counts.reduce((total, each) => total + each[of], 0)

/**
 * Whether names and constraints of a chain are too many.
 * @param trusted ASN.1 elements of name constraints that the trusted CAs have
 */
export function takesTooManyComparisons(chain: readonly CertificateCounts[], trusted: number): boolean {
  return sum(chain, 'names') * (sum(chain, 'constraints') + trusted) > maxComparisons
}

/**
 * CAs that are trusted together, in DER.
 * @returns their ASN.1 elements of name constraints
 * @throws UnfitCertificate
 */
export function checkTrustedCas(cas: readonly Buffer[]): number {
  const constraints = sum(
    cas.map((der) => checkCertificate(der, 'theirs')),
    'constraints',
  )
  if (constraints <= maxTrustConstraints) return constraints
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
 * @param trusted ASN.1 elements of name constraints that the trusted CAs have, where they are known
 * @throws UnfitCertificate
 */
export function checkClientCertificates(certificates: readonly Buffer[], trusted = 0): void {
  for (const der of certificates) {
    const { names } = checkCertificate(der, 'ours')
    if (names > maxClientNames) throw tooMany(names, maxClientNames, 'ASN.1 elements of names')
    const isAlone = certificates.length === 1
    const limit = Math.floor(maxClientComparisons / trusted)
    if (isAlone && names > limit) {
      throw tooMany(names, limit, `ASN.1 elements of names, has no chain, and meets ${trusted} of name constraints`)
    }
  }
}
