import { hash } from 'node:crypto'
import { children, integer, type Node, octets } from '../../asn1.ts'
import { type Cipher, des, rc2 } from './ciphers.ts'
import { type Encryption, unknownEncryption } from './encryption.ts'
import { type HashAlgorithm, md5, sha1 } from './hashes.ts'

/** RFC 8018, appendix A.3. MD2 is known by name only. */
const schemes: ReadonlyMap<string, readonly [HashAlgorithm, Cipher] | string> = new Map<
  string,
  readonly [HashAlgorithm, Cipher] | string
>([
  ['1.2.840.113549.1.5.1', 'MD2-DES-CBC'],
  ['1.2.840.113549.1.5.3', [md5, des]],
  ['1.2.840.113549.1.5.4', 'MD2-RC2-64-CBC'],
  ['1.2.840.113549.1.5.6', [md5, rc2(64)]],
  ['1.2.840.113549.1.5.10', [sha1, des]],
  ['1.2.840.113549.1.5.11', [sha1, rc2(64)]],
])

/** The first encryptions of PKCS#5, which old HSM exports use; undefined for any other `algorithm`. */
export function readPbes1(algorithm: string, parameters: Node | undefined): Encryption | undefined {
  const scheme = schemes.get(algorithm)
  if (scheme === undefined) return undefined
  const where = 'parameters of PBES1'
  const [saltNode, iterationsNode] = children(parameters, where)
  const salt = octets(saltNode, where)
  const iterations = integer(iterationsNode, where)
  if (typeof scheme === 'string') return unknownEncryption(scheme, { iterations })
  const [algorithmOfKey, cipher] = scheme
  return {
    cipher: cipher.name,
    prf: algorithmOfKey.name,
    scheme: 'PBES1',
    iterations,
    saltBytes: salt.length,
    library: cipher.library,
    *decrypt(forms, data) {
      for (const password of forms.bytes) {
        // PBKDF1 (RFC 8018, section 5.1): 8 bytes of key, then 8 of IV
        let derived = hash(algorithmOfKey.node, Buffer.concat([password, salt]), 'buffer')
        for (let round = 1; round < Number(iterations); round++) derived = hash(algorithmOfKey.node, derived, 'buffer')
        const opened = cipher.decrypt(derived.subarray(0, 8), derived.subarray(8, 16), data)
        if (opened) yield opened
      }
    },
  }
}
