import type { KeyObject } from 'node:crypto'

/** What a private key can do as that of a client certificate. */
export interface TlsSignatures {
  /** Numbers of a SignatureScheme (RFC 8446 section 4.2.3) for each version. None: the key is never presented there. */
  readonly tls12: readonly number[]
  readonly tls13: readonly number[]
  /**
   * OpenSSL's name of a curve that clients usually don't offer. Targets take a certificate on it over TLS 1.2 only from
   * a client that names the curve in its hello (RFC 8422 section 5.1).
   */
  readonly unusualCurve?: string
}

/** The names in the registry of IANA; an algorithm of TLS 1.2 that is not here has its number alone. */
const names: ReadonlyMap<number, string> = new Map([
  [0x0201, 'rsa_pkcs1_sha1'],
  [0x0203, 'ecdsa_sha1'],
  [0x0401, 'rsa_pkcs1_sha256'],
  [0x0403, 'ecdsa_secp256r1_sha256'],
  [0x0501, 'rsa_pkcs1_sha384'],
  [0x0503, 'ecdsa_secp384r1_sha384'],
  [0x0601, 'rsa_pkcs1_sha512'],
  [0x0603, 'ecdsa_secp521r1_sha512'],
  [0x0804, 'rsa_pss_rsae_sha256'],
  [0x0805, 'rsa_pss_rsae_sha384'],
  [0x0806, 'rsa_pss_rsae_sha512'],
  [0x0807, 'ed25519'],
  [0x0808, 'ed448'],
  [0x0809, 'rsa_pss_pss_sha256'],
  [0x080a, 'rsa_pss_pss_sha384'],
  [0x080b, 'rsa_pss_pss_sha512'],
  [0x081a, 'ecdsa_brainpoolP256r1tls13_sha256'],
  [0x081b, 'ecdsa_brainpoolP384r1tls13_sha384'],
  [0x081c, 'ecdsa_brainpoolP512r1tls13_sha512'],
  [0x0904, 'mldsa44'],
  [0x0905, 'mldsa65'],
  [0x0906, 'mldsa87'],
])

export function signatureName(scheme: number): string {
  return names.get(scheme) ?? `0x${scheme.toString(16).padStart(4, '0')}`
}

const inBoth = (...schemes: readonly number[]): TlsSignatures => ({ tls12: schemes, tls13: schemes })
const none = inBoth()

const rsaPss = [0x0804, 0x0805, 0x0806]
/** In TLS 1.2 a scheme names a hash, for keys on any curve (RFC 8446 section 4.2.3). */
const ecdsa = [0x0303, 0x0403, 0x0503, 0x0603]
const usual = (scheme: number): TlsSignatures => ({ tls12: ecdsa, tls13: [scheme] })
/** RFC 8734 gives TLS 1.3 the brainpool curves back; nothing does for P-224 and secp256k1. */
const unusual = (unusualCurve: string, ...tls13: readonly number[]): TlsSignatures => ({
  tls12: ecdsa,
  tls13,
  unusualCurve,
})

/** By OpenSSL's names. */
const byCurve: ReadonlyMap<string | undefined, TlsSignatures> = new Map([
  ['prime256v1', usual(0x0403)],
  ['secp384r1', usual(0x0503)],
  ['secp521r1', usual(0x0603)],
  ['secp224r1', unusual('secp224r1')],
  ['secp256k1', unusual('secp256k1')],
  ['brainpoolP256r1', unusual('brainpoolP256r1', 0x081a)],
  ['brainpoolP384r1', unusual('brainpoolP384r1', 0x081b)],
  ['brainpoolP512r1', unusual('brainpoolP512r1', 0x081c)],
])

const pss = [
  { hash: 'sha256', bytes: 32, scheme: 0x0809 },
  { hash: 'sha384', bytes: 48, scheme: 0x080a },
  { hash: 'sha512', bytes: 64, scheme: 0x080b },
] as const

/** What OpenSSL signs a TLS handshake with, given this key. */
export function tlsSignatures(key: KeyObject): TlsSignatures {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { tls12: [0x0301, 0x0401, 0x0501, 0x0601, ...rsaPss], tls13: rsaPss }
    case 'rsa-pss':
      return pssSignatures(key)
    case 'ec':
      return byCurve.get(key.asymmetricKeyDetails?.namedCurve) ?? none
    case 'ed25519':
      return inBoth(0x0807)
    case 'ed448':
      return inBoth(0x0808)
    default:
      return none
  }
}

/**
 * RFC 4055 section 3.1 lets a key restrict itself to a hash and a salt of some length at least. TLS signs with three
 * hashes, and a salt that is as long as the hash.
 */
function pssSignatures({ asymmetricKeyDetails = {} }: KeyObject): TlsSignatures {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength = 0 } = asymmetricKeyDetails
  const possible = pss.filter(
    ({ hash, bytes }) =>
      (hashAlgorithm ?? hash) === hash && (mgf1HashAlgorithm ?? hash) === hash && saltLength <= bytes,
  )
  return inBoth(...possible.map(({ scheme }) => scheme))
}
