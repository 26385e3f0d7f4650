import { type KeyObject, X509Certificate } from 'node:crypto'
import { countDerElements } from '@mtls-gateway/domain'
import { describeKey } from '../certificate/key-description.ts'
import { notCertificates, type TrustedCas, type TrustedCasRefusal } from './trusted-cas.ts'

/** Both bound what a certificate takes in each TLS context that trusts it; real CAs issue some 2 KB and 60 elements. */
const maxDerBytes = 16 * 1024
const maxElements = 1_000
/** All bound what it takes to verify a signature: an RSA key has 2,048 to 4,096 bits and an exponent of 17. */
const maxRsaBits = 8_192
const maxExponent = 2n ** 64n
const maxCurveBits = 521
const cheapKeys: ReadonlySet<string> = new Set(['ed25519', 'ed448', 'ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'])

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Reads and checks the certificates of one text, in this process: it belongs into a child, see `KeyMaterialPool`. */
export function readTrustedCas(text: string): TrustedCas {
  const found = text.match(certificate) ?? []
  // Anything else among them, such as a key, is not kept, and not passed over either.
  if (found.length === 0 || found.length !== text.split('-----BEGIN').length - 1) return notCertificates()
  const certificates: string[] = []
  for (const pem of found) {
    const read = readCa(pem)
    if (typeof read !== 'string') return read
    certificates.push(read)
  }
  return { certificates }
}

function readCa(pem: string): string | TrustedCasRefusal {
  try {
    const x509 = new X509Certificate(pem)
    return sizeRefusal(x509.raw) ?? keyRefusal(x509) ?? x509.toString()
  } catch {
    // OpenSSL's own message says less.
    return notCertificates()
  }
}

function sizeRefusal(der: Buffer): TrustedCasRefusal | undefined {
  if (der.length > maxDerBytes) return tooLarge(der.length, maxDerBytes, 'bytes')
  const elements = countDerElements(der) ?? Number.POSITIVE_INFINITY
  return elements > maxElements ? tooLarge(elements, maxElements, 'ASN.1 elements') : undefined
}

function tooLarge(size: number, limit: number, unit: string): TrustedCasRefusal {
  return { code: 'LIMIT_EXCEEDED', problem: `has a certificate of ${size} ${unit}; at most ${limit} are taken.`, limit }
}

function keyRefusal(x509: X509Certificate): TrustedCasRefusal | undefined {
  const key = keyOf(x509)
  if (key !== undefined && isCheap(key)) return undefined
  const problem = `has a certificate with a key that is not taken. The key of a CA has to be RSA up to ${maxRsaBits} bits with an ordinary exponent, EC on a named curve, Ed25519, Ed448 or ML-DSA.`
  return { code: 'KEY_TYPE_UNSUPPORTED', problem }
}

function keyOf(x509: X509Certificate): KeyObject | undefined {
  try {
    return x509.publicKey
  } catch {
    return undefined
  }
}

function isCheap(key: KeyObject): boolean {
  const { asymmetricKeyType: kind = '', asymmetricKeyDetails: details = {} } = key
  if (kind === 'rsa' || kind === 'rsa-pss') {
    const { modulusLength = Number.POSITIVE_INFINITY, publicExponent = maxExponent } = details
    return modulusLength <= maxRsaBits && publicExponent < maxExponent
  }
  if (kind !== 'ec') return cheapKeys.has(kind)
  // 0 where the parameters of the curve are in the key itself.
  const { size } = describeKey(key)
  return size > 0 && size <= maxCurveBits
}
