import { children, integer, type Node, octets } from '../../asn1.ts'
import { type Cipher, rc2, tripleDes } from './ciphers.ts'
import type { Encryption } from './encryption.ts'
import { sha1 } from './hashes.ts'
import type { PasswordForms } from './password-forms.ts'
import { derivePkcs12, purpose } from './pkcs12-kdf.ts'
import { rc4 } from './rc4.ts'

/** The two-key variant: its 16 bytes are the first and the last key. */
const doubleDes: Cipher = {
  ...tripleDes,
  name: '3DES-2-CBC',
  keyBytes: 16,
  decrypt: (key, iv, data) => tripleDes.decrypt(Buffer.concat([key, key.subarray(0, 8)]), iv, data),
}

/** RFC 7292, appendix C. */
const schemes: ReadonlyMap<string, Cipher> = new Map([
  ['1.2.840.113549.1.12.1.1', rc4(128)],
  ['1.2.840.113549.1.12.1.2', rc4(40)],
  ['1.2.840.113549.1.12.1.3', tripleDes],
  ['1.2.840.113549.1.12.1.4', doubleDes],
  ['1.2.840.113549.1.12.1.5', rc2(128)],
  ['1.2.840.113549.1.12.1.6', rc2(40)],
])

/** The encryptions of PKCS#12 itself, all with SHA-1; undefined for any other `algorithm`. */
export function readPkcs12Pbe(algorithm: string, parameters: Node | undefined): Encryption | undefined {
  const cipher = schemes.get(algorithm)
  if (cipher === undefined) return undefined
  const where = 'parameters of the encryption'
  const [saltNode, iterationsNode] = children(parameters, where)
  const salt = octets(saltNode, where)
  const iterations = integer(iterationsNode, where)
  return {
    cipher: cipher.name,
    prf: null,
    scheme: 'PKCS12',
    iterations,
    saltBytes: salt.length,
    library: cipher.library,
    *decrypt(forms: PasswordForms, data) {
      for (const password of forms.unicode) {
        const derive = (of: 1 | 2, length: number) =>
          derivePkcs12({ algorithm: sha1, password, salt, iterations: Number(iterations), purpose: of, length })
        const opened = cipher.decrypt(derive(purpose.key, cipher.keyBytes), derive(purpose.iv, cipher.ivBytes), data)
        if (opened) yield opened
      }
    },
  }
}
