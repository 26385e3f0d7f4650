import { createHash } from 'node:crypto'
import { compareKeys, compareRequest, exportFromPem, keepOneEntry } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'
import type { Certificate } from './certificate.ts'
import { type PrivateKey, signs } from './private-key.ts'

/** A private key and the certificate that belongs to it. */
export interface Identity {
  readonly key: PrivateKey
  readonly leaf: Certificate
}

/** A certificate, whose key may be elsewhere. */
export interface CertifiedIdentity {
  readonly key?: PrivateKey
  readonly leaf: Certificate
}

/**
 * Finds the certificate for a key, given only the hash of its public half.
 *
 * @throws Fault `KEY_CERTIFICATE_MISMATCH`
 */
export function findSignedLeaf(certificates: readonly Certificate[], spkiSha256: string, now: Date): Certificate {
  const isOfKey = ({ spki }: Certificate) => createHash('sha256').update(spki).digest('base64url') === spkiSha256
  const leaf = bestCertificate(certificates.filter(isOfKey), now)
  if (leaf) return leaf
  throw new Fault(
    'KEY_CERTIFICATE_MISMATCH',
    `The private key belongs to none of the certificates (${subjects(certificates)}). Upload the certificate that was issued for this very request: with it, the commands print the same hash twice.`,
    compareRequest,
  )
}

/**
 * Finds the key and certificate that belong together, by the key itself: names and localKeyIDs in files are often
 * wrong.
 *
 * @throws Fault `KEY_CERTIFICATE_MISMATCH`, `P12_AMBIGUOUS_KEYS`
 */
export function findIdentity(keys: readonly PrivateKey[], certificates: readonly Certificate[], now: Date): Identity {
  const identities = withoutCopies(keys).flatMap((key) => {
    const leaf = bestCertificate(
      certificates.filter(({ spki }) => spki.equals(key.spki)),
      now,
    )
    return leaf ? [{ key, leaf }] : []
  })
  const [identity, ...more] = identities
  if (!identity) {
    throw new Fault(
      'KEY_CERTIFICATE_MISMATCH',
      `The private key belongs to none of the certificates (${subjects(certificates)}). Put the key and the certificate issued for it together: with these, the commands print the same hash twice.`,
      compareKeys,
    )
  }
  if (more.length > 0) throw ambiguous(identities)
  if (!identity.leaf.x509.checkPrivateKey(identity.key.key) || !signs(identity.key, identity.leaf.publicKey)) {
    throw new Fault(
      'KEY_CERTIFICATE_MISMATCH',
      'The private key is damaged: its certificate does not verify what it signs.',
      exportFromPem,
    )
  }
  return identity
}

function withoutCopies(keys: readonly PrivateKey[]): PrivateKey[] {
  return keys.filter((key, index) => keys.findIndex(({ spki }) => spki.equals(key.spki)) === index)
}

/**
 * A renewal may keep its key. Of several certificates for a key, a currently valid one wins, then the latest expiry.
 */
function bestCertificate(certificates: readonly Certificate[], now: Date): Certificate | undefined {
  const valid = ({ notBefore, notAfter }: Certificate) => Number(notBefore <= now && now <= notAfter)
  return [...certificates].sort((a, b) => valid(b) - valid(a) || b.notAfter.getTime() - a.notAfter.getTime()).at(0)
}

function ambiguous(identities: readonly Identity[]): Fault {
  const names = identities.map(({ key, leaf }) => key.alias ?? (leaf.subject || '(no name)'))
  return new Fault(
    'P12_AMBIGUOUS_KEYS',
    `The file holds ${identities.length} keys with a certificate each (${listed(names)}). Send a file with only the one to use.`,
    keepOneEntry,
  )
}

function subjects(certificates: readonly Certificate[]): string {
  return listed(certificates.map(({ subject }) => subject || '(no name)'))
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`)
  return names.length > shown.length ? `${shown.join(', ')}, ...` : shown.join(', ')
}
