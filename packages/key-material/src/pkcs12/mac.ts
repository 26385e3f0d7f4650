import { createHmac, timingSafeEqual } from 'node:crypto'
import { Asn1Error, children, integer, isInteger, type Node, octets, oid } from '../asn1.ts'
import { digests, type HashAlgorithm, hmacs } from './encryption/hashes.ts'
import type { PasswordForms } from './encryption/password-forms.ts'
import { readPbkdf2 } from './encryption/pbes2.ts'
import { derivePkcs12, purpose } from './encryption/pkcs12-kdf.ts'

/** RFC 9579. */
const pbmac1 = '1.2.840.113549.1.5.14'

/** The integrity check of a file. Reading it is cheap; verifying it takes its iterations. */
export interface Mac {
  /** `HMAC-SHA-256`, `PBMAC1-HMAC-SHA-256`, or the object identifier of an unknown algorithm. */
  readonly name: string
  readonly scheme: 'PKCS12' | 'PBMAC1' | 'unknown'
  /** From the file, so it can be any integer. */
  readonly iterations: bigint
  readonly saltBytes: number
  /** Whether one of the password's forms gives this MAC. Don't call it before the iterations have been counted. */
  verify(password: PasswordForms, contents: Buffer): boolean
}

/** MacData (RFC 7292, section 4). */
export function readMac(node: Node): Mac {
  const [digestInfo, saltNode, iterationsNode] = children(node, 'MacData')
  const [algorithmNode, digestNode] = children(digestInfo, 'DigestInfo of the MAC')
  const [algorithmOid, parameters] = children(algorithmNode, 'algorithm of the MAC')
  const algorithm = oid(algorithmOid, 'algorithm of the MAC')
  const expected = octets(digestNode, 'digest of the MAC')
  if (algorithm === pbmac1) return readPbmac1(parameters, expected)
  const salt = octets(saltNode, 'salt of the MAC')
  // absent means 1, and a file with one iteration has to write it that way
  const iterations = iterationsNode ? integer(iterationsNode, 'iterations of the MAC') : 1n
  const digest = digests.get(algorithm)
  if (!digest) return { name: algorithm, scheme: 'unknown', iterations, saltBytes: salt.length, verify: () => false }
  return {
    name: `HMAC-${digest.name}`,
    scheme: 'PKCS12',
    iterations,
    saltBytes: salt.length,
    verify: (forms, contents) =>
      forms.unicode.some((password) => {
        const derivation = { algorithm: digest, password, salt, iterations: Number(iterations), purpose: purpose.mac }
        return fits(digest, derivePkcs12({ ...derivation, length: digest.outputBytes }), contents, expected)
      }),
  }
}

/** RFC 9579, section 5: salt and iterations of MacData are ignored, those of PBKDF2 count. */
function readPbmac1(parameters: Node | undefined, expected: Buffer): Mac {
  const where = 'parameters of PBMAC1'
  const [derivationNode, macNode] = children(parameters, where)
  const [derivationOid, derivationParameters] = children(derivationNode, where)
  const algorithm = oid(children(macNode, where)[0], where)
  const hmac = hmacs.get(algorithm)
  if (oid(derivationOid, where) !== '1.2.840.113549.1.5.12' || !hmac) {
    return { name: `PBMAC1-${algorithm}`, scheme: 'unknown', iterations: 0n, saltBytes: 0, verify: () => false }
  }
  const derivation = readPbkdf2(derivationParameters)
  const keyLength = readKeyLength(derivationParameters)
  return {
    name: `PBMAC1-HMAC-${hmac.name}`,
    scheme: derivation.scheme === 'unknown' ? 'unknown' : 'PBMAC1',
    iterations: derivation.iterations,
    saltBytes: derivation.saltBytes,
    verify: (forms, contents) =>
      derivation.scheme !== 'unknown' &&
      forms.bytes.some((password) => fits(hmac, derivation.derive(password, keyLength), contents, expected)),
  }
}

/**
 * The file chooses the length of the key, which is required. RFC 9879 refuses less than 20 bytes, because such a MAC
 * can be guessed (CVE-2026-34181). More than 64 bytes make no sense.
 */
function readKeyLength(parameters: Node | undefined): number {
  const node = children(parameters, 'parameters of PBKDF2').slice(2).find(isInteger)
  const length = integer(node, 'key length of PBMAC1')
  if (length < 20n || length > 64n) throw new Asn1Error('key length of PBMAC1: not between 20 and 64')
  return Number(length)
}

function fits(algorithm: HashAlgorithm, key: Buffer, contents: Buffer, expected: Buffer): boolean {
  const actual = createHmac(algorithm.node, key).update(contents).digest()
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
