import type { Encryption } from '../pkcs12/encryption/encryption.ts'
import type { Mac } from '../pkcs12/mac.ts'
import type { JavaEntry } from './java-entry.ts'
import type { JavaRule } from './rule.ts'

/** What Java's KeyStore fails on in a PKCS#12 file. */
export interface JavaFile {
  readonly mac: Mac | undefined
  readonly encryptions: readonly Encryption[]
  readonly password: string | undefined
  readonly entry: JavaEntry
}

const all = ['8', '8u301', '11', '17', '21'] as const
const before8u301 = ['8'] as const

/** MACs of PKCS#12 in Java: `HmacPBESHA1` always, those with SHA-2 since 12, 11.0.12 and 8u301. */
const sha2Macs = /^HMAC-SHA-(224|256|384|512|512\/224|512\/256)$/
const readablePrfs = /^HMAC-SHA-(1|224|256|384|512)$/
const truncatedPrfs = /^HMAC-SHA-512\/(224|256)$/
const pbes2Ciphers: ReadonlySet<string> = new Set(['AES-128-CBC', 'AES-256-CBC'])
const pkcs12Ciphers: ReadonlySet<string> = new Set(['3DES-CBC', 'RC2-40-CBC', 'RC2-128-CBC', 'RC4-40', 'RC4-128'])

export const fileRules: readonly JavaRule<JavaFile>[] = [
  {
    code: 'JAVA_CANNOT_READ_MAC',
    fails: before8u301,
    source: 'JDK-8267701: HmacPBESHA256 is newly introduced in 11.0.12 and 8u301',
    reason: ({ mac }) => (mac && sha2Macs.test(mac.name) ? `its integrity check is by ${mac.name}` : undefined),
  },
  {
    code: 'JAVA_CANNOT_READ_MAC',
    fails: all,
    source: 'com.sun.crypto.provider.SunJCE: the Macs HmacPBE*; PBMAC1 came with JDK-8343232 (26)',
    reason: ({ mac }) =>
      mac && mac.name !== 'HMAC-SHA-1' && !sha2Macs.test(mac.name)
        ? `its integrity check is by ${mac.name}`
        : undefined,
  },
  {
    code: 'JAVA_CANNOT_READ_MAC',
    fails: all,
    source: 'com.sun.crypto.provider.HmacPKCS12PBECore.engineInit: IterationCount must be a positive number',
    reason: ({ mac }) => (mac?.iterations === 0n ? 'its integrity check has 0 iterations' : undefined),
  },
  {
    code: 'JAVA_CANNOT_READ_MAC',
    fails: all,
    source: 'com.sun.crypto.provider.HmacPKCS12PBECore.engineInit: Salt must be at least 8 bytes long',
    reason: ({ mac }) =>
      mac && mac.saltBytes < 8 ? `the salt of its integrity check has ${mac.saltBytes} bytes` : undefined,
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: before8u301,
    source:
      'sun.security.pkcs12.PKCS12KeyStore.engineLoad of 8u292: Cipher.getInstance by the object identifier; JDK-8076190',
    reason: ({ encryptions }) => first(encryptions, ({ scheme }) => scheme === 'PBES2'),
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: all,
    source: 'com.sun.crypto.provider.PBES2Parameters: AES-128 and AES-256 in CBC mode by PBKDF2',
    reason: ({ encryptions }) =>
      first(
        encryptions,
        ({ scheme, cipher }) => scheme === 'PBES2-scrypt' || (scheme === 'PBES2' && !pbes2Ciphers.has(cipher)),
      ),
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: ['8', '8u301', '11', '17'],
    source: 'JDK-8288050 (20): SHA-512/224 and SHA-512/256 for PBES2',
    reason: ({ encryptions }) =>
      first(encryptions, ({ scheme, prf }) => scheme === 'PBES2' && truncatedPrfs.test(prf ?? '')),
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: all,
    source: 'com.sun.crypto.provider.PBES2Parameters: HmacSHA1 and SHA-2',
    reason: ({ encryptions }) =>
      first(
        encryptions,
        ({ scheme, prf }) => scheme === 'PBES2' && !readablePrfs.test(prf ?? '') && !truncatedPrfs.test(prf ?? ''),
      ),
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: all,
    source: 'com.sun.crypto.provider.SunJCE: the ciphers PBEWithSHA1And*',
    reason: ({ encryptions }) =>
      first(encryptions, ({ scheme, cipher }) => scheme === 'PKCS12' && !pkcs12Ciphers.has(cipher)),
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: all,
    source: 'com.sun.crypto.provider.PKCS12PBECipherCore.implInit: Salt must be at least 8 bytes long',
    reason: ({ encryptions }) => {
      const short = encryptions.find(({ scheme, saltBytes }) => scheme === 'PKCS12' && saltBytes < 8)
      return short && `the salt of its encryption has ${short.saltBytes} bytes`
    },
  },
  {
    code: 'JAVA_CANNOT_READ_CIPHER',
    fails: all,
    source: 'com.sun.crypto.provider.SunJCE: of PBES1 it has PBEWithMD5AndDES alone',
    reason: ({ encryptions }) =>
      first(encryptions, ({ scheme, cipher, prf }) => scheme === 'PBES1' && !(cipher === 'DES-CBC' && prf === 'MD5')),
  },
  {
    code: 'JAVA_PASSWORD_NOT_ASCII',
    fails: all,
    source: 'com.sun.crypto.provider.PBEKey: Password is not ASCII',
    reason: ({ password, encryptions, mac }) =>
      password && (mac || encryptions.length > 0) && /[^\x20-\x7e]/.test(password)
        ? 'its password is not printable ASCII, for which Java says "keystore password was incorrect": choose another one'
        : undefined,
  },
  {
    code: 'JAVA_FINDS_NO_KEY',
    fails: all,
    source: 'sun.security.pkcs12.PKCS12KeyStore.loadSafeContents: shrouded key bags only',
    reason: ({ entry }) =>
      entry === 'no key' ? 'the key is not encrypted, and Java quietly passes over such keys' : undefined,
  },
  {
    code: 'JAVA_PAIRS_WRONG',
    fails: all,
    source: 'sun.security.pkcs12.PKCS12KeyStore.findMatchedCertificate: by localKeyID, else by friendly name',
    reason: ({ entry }) => {
      if (entry === 'no certificate')
        return 'no localKeyID tells which certificate is that of the key, so Java finds a key without one'
      return entry === 'wrong certificate'
        ? "the localKeyID of the key is that of another certificate, which Java takes for the key's"
        : undefined
    },
  },
]

function first(encryptions: readonly Encryption[], matches: (encryption: Encryption) => boolean): string | undefined {
  const found = encryptions.find(matches)
  if (!found) return undefined
  return `it is encrypted with ${found.cipher}${found.prf === null ? '' : ` (${found.prf})`}`
}
