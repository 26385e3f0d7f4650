import { type Certificate, isSignedBy } from './certificate.ts'

export interface Chain {
  /** The leaf's issuer first, to the top. */
  readonly issuers: readonly Certificate[]
  /** It ends in a self-signed certificate (the leaf itself may be one). */
  readonly complete: boolean
  /** Certificates that issued nothing in it. */
  readonly strangers: readonly Certificate[]
}

/** Signatures checked for one chain: an honest one needs one a link, and each costs up to milliseconds. */
const maxVerifications = 100

/**
 * Orders the certificates that lead from a leaf to its top. Issuers are known by name, key identifier and signature, so
 * neither the order in the file nor strangers in it matter. Cross-signed issuers make several ways: a way to a
 * self-signed top wins, the shortest of those; else the longest.
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

/** Breadth first, each certificate once: no cross-signing makes it more than one visit each. */
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
