import { createCipheriv, hash, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import forge from 'node-forge'
import { sha1 } from '../../src/pkcs12/encryption/hashes.ts'
import { passwordForms } from '../../src/pkcs12/encryption/password-forms.ts'
import { derivePkcs12, purpose } from '../../src/pkcs12/encryption/pkcs12-kdf.ts'
import { integer, nothing, octets, oid, sequence } from './der.ts'

/** One way to encrypt a part of a file. */
export interface Protection {
  /** The AlgorithmIdentifier. */
  readonly algorithm: Buffer
  encrypt(contents: Buffer, password: string | undefined): Buffer
}

interface Pbes2Options {
  readonly cipher?: readonly [oid: string, node: string, keyBytes: number, ivBytes: number]
  readonly prf?: readonly [oid: string, node: string]
  readonly iterations?: number | bigint
  readonly keyLength?: number
  /** The form of the password, where it is not UTF-8. */
  readonly encoding?: BufferEncoding
}

export const aes256 = ['2.16.840.1.101.3.4.1.42', 'aes-256-cbc', 32, 16] as const
export const aes192 = ['2.16.840.1.101.3.4.1.22', 'aes-192-cbc', 24, 16] as const
export const aes128 = ['2.16.840.1.101.3.4.1.2', 'aes-128-cbc', 16, 16] as const
export const hmacSha256 = ['1.2.840.113549.2.9', 'sha256'] as const

export function pbes2(options: Pbes2Options = {}): Protection {
  const { cipher = aes256, prf = hmacSha256, iterations = 2_048, keyLength, encoding = 'utf8' } = options
  const [cipherOid, node, keyBytes, ivBytes] = cipher
  const salt = randomBytes(16)
  const iv = randomBytes(ivBytes)
  const length = keyLength === undefined ? [] : [integer(keyLength)]
  const derivation = sequence(octets(salt), integer(iterations), ...length, sequence(oid(prf[0]), nothing))
  return {
    algorithm: pbes2Algorithm(sequence(oid('1.2.840.113549.1.5.12'), derivation), sequence(oid(cipherOid), octets(iv))),
    encrypt(contents, password = '') {
      const key = pbkdf2Sync(Buffer.from(password, encoding), salt, affordable(iterations), keyBytes, prf[1])
      return encryptNatively(node, key, iv, contents)
    },
  }
}

export function scrypt({ cost = 16_384, blockSize = 8, parallelization = 1 } = {}): Protection {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const parameters = sequence(octets(salt), integer(cost), integer(blockSize), integer(parallelization))
  return {
    algorithm: pbes2Algorithm(
      sequence(oid('1.3.6.1.4.1.11591.4.11'), parameters),
      sequence(oid(aes256[0]), octets(iv)),
    ),
    encrypt(contents, password = '') {
      const affordableCost = cost > 65_536 || parallelization > 16 ? 2 : cost
      const options = { N: affordableCost, r: blockSize, p: Math.min(parallelization, 16), maxmem: 2 ** 28 }
      return encryptNatively('aes-256-cbc', scryptSync(password, salt, 32, options), iv, contents)
    },
  }
}

function pbes2Algorithm(derivation: Buffer, cipher: Buffer): Buffer {
  return sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, cipher))
}

/** PKCS#12's own: 1 and 2 RC4, 3 and 4 3DES, 5 and 6 RC2. */
export function pkcs12Pbe(
  scheme: 1 | 2 | 3 | 4 | 5 | 6,
  { iterations = 2_048 as number | bigint, saltBytes = 8 } = {},
): Protection {
  const salt = randomBytes(saltBytes)
  const keyBytes = { 1: 16, 2: 5, 3: 24, 4: 16, 5: 16, 6: 5 }[scheme]
  return {
    algorithm: sequence(oid(`1.2.840.113549.1.12.1.${scheme}`), sequence(octets(salt), integer(iterations))),
    encrypt(contents, password) {
      const [form = Buffer.alloc(0)] = passwordForms(password).unicode
      const derive = (of: 1 | 2, length: number) =>
        derivePkcs12({ algorithm: sha1, password: form, salt, iterations: affordable(iterations), purpose: of, length })
      const key = derive(purpose.key, keyBytes)
      const iv = derive(purpose.iv, 8)
      if (scheme <= 2) return contents // nobody here reads RC4
      if (scheme >= 5) return encryptRc2(key, iv, contents)
      return encryptNatively(
        'des-ede3-cbc',
        scheme === 3 ? key : Buffer.concat([key, key.subarray(0, 8)]),
        iv,
        contents,
      )
    },
  }
}

/** PKCS#5's first: `pbeWithMD5AndDES-CBC` (3), `pbeWithSHA1AndDES-CBC` (10). */
export function pbes1Des(scheme: 3 | 10): Protection {
  const salt = randomBytes(8)
  return {
    algorithm: sequence(oid(`1.2.840.113549.1.5.${scheme}`), sequence(octets(salt), integer(2_048))),
    encrypt(contents, password = '') {
      let derived: Buffer = Buffer.concat([Buffer.from(password), salt])
      for (let round = 0; round < 2_048; round++) derived = hash(scheme === 3 ? 'md5' : 'sha1', derived, 'buffer')
      const cipher = forge.cipher.createCipher('DES-CBC', derived.subarray(0, 8).toString('binary'))
      cipher.start({ iv: derived.subarray(8, 16).toString('binary') })
      cipher.update(forge.util.createBuffer(contents.toString('binary')))
      cipher.finish()
      return Buffer.from(cipher.output.getBytes(), 'binary')
    },
  }
}

function encryptNatively(node: string, key: Buffer, iv: Buffer, contents: Buffer): Buffer {
  const cipher = createCipheriv(node, key, iv)
  return Buffer.concat([cipher.update(contents), cipher.final()])
}

function encryptRc2(key: Buffer, iv: Buffer, contents: Buffer): Buffer {
  const cipher = forge.rc2.createEncryptionCipher(key.toString('binary'), key.length * 8)
  cipher.start(iv.toString('binary'))
  cipher.update(forge.util.createBuffer(contents.toString('binary')))
  cipher.finish()
  return Buffer.from(cipher.output.getBytes(), 'binary')
}

/** A count beyond the limit is replaced by one when encrypting. */
function affordable(iterations: number | bigint): number {
  return iterations < 1 || iterations > 1_000_000 ? 1 : Number(iterations)
}
