/** A hash in PKCS#12: for the MAC, and in the key derivations. */
export interface HashAlgorithm {
  /** The name in reports. */
  readonly name: string
  /** The name in node:crypto. */
  readonly node: string
  /** Bytes of its output, `u` in RFC 7292 appendix B. */
  readonly outputBytes: number
  /** Bytes of its block, `v` there. */
  readonly blockBytes: number
}

function hash(name: string, node: string, outputBytes: number, blockBytes: number): HashAlgorithm {
  return { name, node, outputBytes, blockBytes }
}

export const sha1 = hash('SHA-1', 'sha1', 20, 64)
export const md5 = hash('MD5', 'md5', 16, 64)
const sha224 = hash('SHA-224', 'sha224', 28, 64)
const sha256 = hash('SHA-256', 'sha256', 32, 64)
const sha384 = hash('SHA-384', 'sha384', 48, 128)
const sha512 = hash('SHA-512', 'sha512', 64, 128)
const sha512of224 = hash('SHA-512/224', 'sha512-224', 28, 128)
const sha512of256 = hash('SHA-512/256', 'sha512-256', 32, 128)
const sha3of224 = hash('SHA3-224', 'sha3-224', 28, 144)
const sha3of256 = hash('SHA3-256', 'sha3-256', 32, 136)
const sha3of384 = hash('SHA3-384', 'sha3-384', 48, 104)
const sha3of512 = hash('SHA3-512', 'sha3-512', 64, 72)

/** By the object identifier of the digest, as in MacData. */
export const digests: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['1.2.840.113549.2.5', md5],
  ['1.3.14.3.2.26', sha1],
  ['2.16.840.1.101.3.4.2.4', sha224],
  ['2.16.840.1.101.3.4.2.1', sha256],
  ['2.16.840.1.101.3.4.2.2', sha384],
  ['2.16.840.1.101.3.4.2.3', sha512],
  ['2.16.840.1.101.3.4.2.5', sha512of224],
  ['2.16.840.1.101.3.4.2.6', sha512of256],
  ['2.16.840.1.101.3.4.2.7', sha3of224],
  ['2.16.840.1.101.3.4.2.8', sha3of256],
  ['2.16.840.1.101.3.4.2.9', sha3of384],
  ['2.16.840.1.101.3.4.2.10', sha3of512],
])

/** By the object identifier of the HMAC, as in PBKDF2 and PBMAC1. */
export const hmacs: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['1.2.840.113549.2.6', md5],
  ['1.2.840.113549.2.7', sha1],
  ['1.2.840.113549.2.8', sha224],
  ['1.2.840.113549.2.9', sha256],
  ['1.2.840.113549.2.10', sha384],
  ['1.2.840.113549.2.11', sha512],
  ['1.2.840.113549.2.12', sha512of224],
  ['1.2.840.113549.2.13', sha512of256],
  ['2.16.840.1.101.3.4.2.13', sha3of224],
  ['2.16.840.1.101.3.4.2.14', sha3of256],
  ['2.16.840.1.101.3.4.2.15', sha3of384],
  ['2.16.840.1.101.3.4.2.16', sha3of512],
])
