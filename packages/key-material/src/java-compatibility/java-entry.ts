/** A bag as Java's KeyStore would see it. */
export interface JavaBag {
  readonly kind: 'key' | 'certificate'
  /** SubjectPublicKeyInfo in DER: tells which belong together. */
  readonly spki: Buffer
  readonly alias: string | undefined
  /** In hex. */
  readonly localKeyId: string | undefined
  /** Its position in its safe. */
  readonly position: number | undefined
  /** Java skips it: an unencrypted key bag, or a bag inside a bag. */
  readonly hidden: boolean
}

/** What Java finds for a key: the key, and its certificate. */
export type JavaEntry = 'usable' | 'no key' | 'no certificate' | 'wrong certificate'

interface Entry extends JavaBag {
  readonly keyId: string | undefined
}

/** "01", which Java gives to the one key without localKeyID and to the certificate that it takes for its own. */
const inserted = Buffer.from('01').toString('hex')

/**
 * Works like `PKCS12KeyStore.loadSafeContents` and `findMatchedCertificate` (the same in Java 8 to 21): a key and its
 * certificate are matched by localKeyID and friendly name, never by the key itself.
 */
export function javaEntryFor(spki: Buffer, bags: readonly JavaBag[]): JavaEntry {
  const entries = asJavaNumbersThem(bags)
  const key = entries.find((entry) => entry.kind === 'key' && entry.spki.equals(spki))
  if (key?.keyId === undefined) return 'no key'
  const certificate = matchedCertificate(
    key,
    entries.filter(({ kind }) => kind === 'certificate'),
  )
  if (!certificate) return 'no certificate'
  return certificate.spki.equals(spki) ? 'usable' : 'wrong certificate'
}

function asJavaNumbersThem(bags: readonly JavaBag[]): Entry[] {
  let keys = 0
  let unnamed = 0
  return bags
    .filter(({ hidden }) => !hidden)
    .map((bag) => {
      if (bag.kind === 'certificate') {
        return { ...bag, keyId: bag.localKeyId ?? (keys === 1 && bag.position === 0 ? inserted : undefined) }
      }
      keys += 1
      const keyId = bag.localKeyId ?? (keys === 1 ? inserted : undefined)
      if (keyId !== undefined && bag.alias === undefined) unnamed += 1
      return { ...bag, keyId, alias: bag.alias ?? String(unnamed) }
    })
}

function matchedCertificate(key: Entry, certificates: readonly Entry[]): Entry | undefined {
  const sameId = certificates.filter(({ keyId }) => keyId === key.keyId)
  const sameAlias = (entry: Entry) => entry.alias?.toLowerCase() === key.alias?.toLowerCase()
  return sameId.find(sameAlias) ?? sameId.at(-1) ?? certificates.filter(sameAlias).at(-1)
}
