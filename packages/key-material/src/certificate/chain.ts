import { type Certificate, isSignedBy } from './certificate.ts'

export interface Chain {
  /** From the leaf's issuer to the top. */
  readonly issuers: readonly Certificate[]
  /** It ends in a self-signed certificate (the leaf itself may be one). */
  readonly complete: boolean
  /** Certificates that have issued nothing in it. */
  readonly strangers: readonly Certificate[]
}

/** The limit for signature checks per chain: an honest chain needs one per link, and each may take milliseconds. */
const maxVerifications = 100

/**
 * Orders the certificates that lead from a leaf to its top. Issuers are recognised by name, key identifier and
 * signature, so neither the order in the file nor unrelated certificates matter. With cross-signed issuers there are
 * several paths: the shortest one to a self-signed top wins, or else the longest path.
 */
export function buildChain(leaf: Certificate, others: readonly Certificate[]): Chain {
  const candidates = others.filter(({ x509 }) => !x509.raw.equals(leaf.x509.raw))
  const path = leaf.selfSigned ? [leaf] : findPath(leaf, candidates)
  const issuers = path.slice(1)
  return {
    issuers,
    complete: path.at(-1)?.selfSigned ?? false,
    strangers: candidates.filter((candidate) => !issuers.includes(candidate)),
  }
}

/** Breadth first, and each certificate only once, whatever the cross-signing. */
function findPath(leaf: Certificate, candidates: readonly Certificate[]): readonly Certificate[] {
  const waiting = new Set(candidates)
  let verifications = 0
  let paths: (readonly Certificate[])[] = [[leaf]]
  let longest: readonly Certificate[] = [leaf]
  while (paths.length > 0) {
    const extended: (readonly Certificate[])[] = []
    for (const path of paths) {
      const last = path.at(-1) ?? leaf
      for (const candidate of waiting) {
        if (!last.x509.checkIssued(candidate.x509)) continue
        if (++verifications > maxVerifications) return longest
        if (!isSignedBy(last.x509, candidate.publicKey)) continue
        waiting.delete(candidate)
        extended.push([...path, candidate])
      }
    }
    longest = extended.at(0) ?? longest
    const whole = extended.find((path) => path.at(-1)?.selfSigned)
    if (whole) return whole
    paths = extended
  }
  return longest
}
