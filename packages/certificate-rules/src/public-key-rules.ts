import { DerReader, derTags } from './der-reader.ts'

/** They bound what it takes to verify a signature: 0.5 ms with both at their most. */
const maxRsaBits = 8_192
const maxExponentBits = 32

/** As hex of the content of an OBJECT IDENTIFIER. */
const rsa: ReadonlySet<string> = new Set(['2a864886f70d010101', '2a864886f70d01010a'])
const ec = '2a8648ce3d0201'
const others: ReadonlySet<string> = new Set([
  '2b6570', // Ed25519
  '2b6571', // Ed448
  '608648016503040311', // ML-DSA-44, -65 and -87: as cheap as EC
  '608648016503040312',
  '608648016503040313',
])
const secp224r1 = '2b81040021'
/**
 * Those that NIST has a name for: Node describes the certificates of a peer, and the CA behind them, by that name, and
 * the process crashes where there is none. Each takes 3 ms at most for a signature.
 */
const namedByNist: ReadonlySet<string> = new Set([
  secp224r1,
  '2a8648ce3d030107', // prime256v1
  '2b81040022', // secp384r1
  '2b81040023', // secp521r1
])
/** As cheap. Those of binary fields are not, and nobody uses the rest. */
const namedByOthers: ReadonlySet<string> = new Set([
  '2b8104000a', // secp256k1
  '2b2403030208010107', // brainpoolP256r1
  '2b2403030208010108', // brainpoolP256t1
  '2b240303020801010b', // brainpoolP384r1
  '2b240303020801010c', // brainpoolP384t1
  '2b240303020801010d', // brainpoolP512r1
  '2b240303020801010e', // brainpoolP512t1
])

/** Whose certificate it is: what we present ourselves is never described by Node. */
export type CertificateSide = 'ours' | 'theirs'

/**
 * @param info a SubjectPublicKeyInfo (RFC 5280 section 4.1)
 * @returns what is wrong with its key; undefined: it is cheap to decode and to verify by, and Node can describe it
 * @throws MalformedDer
 */
export function publicKeyProblem(info: DerReader, side: CertificateSide): string | undefined {
  const algorithm = info.sequence()
  const name = algorithm.read(derTags.objectIdentifier).toString('hex')
  const bits = info.read(derTags.bitString)
  info.end()
  if (rsa.has(name)) return rsaProblem(bits.subarray(1))
  if (name === ec) return ecProblem(algorithm, bits.subarray(1), side)
  return others.has(name) ? undefined : 'has a key that is neither RSA, EC, Ed25519, Ed448 nor ML-DSA'
}

function rsaProblem(key: Buffer): string | undefined {
  const outer = new DerReader(key)
  const numbers = outer.sequence()
  outer.end()
  const modulusBits = bitLength(numbers.read(derTags.integer))
  const exponentBits = bitLength(numbers.read(derTags.integer))
  numbers.end()
  if (modulusBits > maxRsaBits) return `has an RSA key of ${modulusBits} bits, where ${maxRsaBits} are the most`
  if (exponentBits <= maxExponentBits) return undefined
  return `has an RSA key with an exponent of ${exponentBits} bits, where ${maxExponentBits} are the most`
}

/** Like OpenSSL, which reads the numbers of a key without their sign. */
function bitLength(integer: Buffer): number {
  const first = integer.findIndex((byte) => byte !== 0)
  if (first < 0) return 0
  return (integer.length - first) * 8 - (Math.clz32(integer.readUInt8(first)) - 24)
}

function ecProblem(algorithm: DerReader, point: Buffer, side: CertificateSide): string | undefined {
  const curve = algorithm.readOptional(derTags.objectIdentifier)?.toString('hex')
  // With numbers of its own choice a key makes decoding one compressed point take 140 ms.
  if (curve === undefined) return 'has an EC key with explicit parameters, where a named curve is needed'
  algorithm.end()
  if (!namedByNist.has(curve) && !(side === 'ours' && namedByOthers.has(curve))) {
    return 'has an EC key on a curve that is not taken; use P-256, P-384 or P-521'
  }
  const [form] = point
  if (form === 4) return undefined
  if (form !== 2 && form !== 3) return 'has an EC key whose point is neither uncompressed nor compressed'
  // Square roots modulo this prime take ten times as long as those of other curves, which take 0.1 ms.
  return curve === secp224r1 ? 'has an EC key on P-224 with a compressed point; use P-256' : undefined
}
