import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { Asn1Error, children, integer, isInteger, type Node, octets, oid } from '../../asn1.ts'
import { exportAgain } from '../../report/commands.ts'
import { Fault } from '../../report/fault.ts'
import { type Cipher, des, nativeCipher, rc2, tripleDes } from './ciphers.ts'
import { type Encryption, unknownEncryption } from './encryption.ts'
import { hmacs, sha1 } from './hashes.ts'

/** RFC 8018, appendix A.4. */
export const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2 = '1.2.840.113549.1.5.12'
const scrypt = '1.3.6.1.4.1.11591.4.11'
/** The memory limit: twice what OpenSSL's default parameters need. */
const maxScryptBytes = 32n * 1024n * 1024n
const rc2Cbc = '1.2.840.113549.3.2'

const ciphers: ReadonlyMap<string, Cipher> = new Map([
  ['2.16.840.1.101.3.4.1.2', nativeCipher('AES-128-CBC', 'aes-128-cbc', 16, 16)],
  ['2.16.840.1.101.3.4.1.22', nativeCipher('AES-192-CBC', 'aes-192-cbc', 24, 16)],
  ['2.16.840.1.101.3.4.1.42', nativeCipher('AES-256-CBC', 'aes-256-cbc', 32, 16)],
  ['1.2.392.200011.61.1.1.1.2', nativeCipher('Camellia-128-CBC', 'camellia-128-cbc', 16, 16)],
  ['1.2.392.200011.61.1.1.1.3', nativeCipher('Camellia-192-CBC', 'camellia-192-cbc', 24, 16)],
  ['1.2.392.200011.61.1.1.1.4', nativeCipher('Camellia-256-CBC', 'camellia-256-cbc', 32, 16)],
  ['1.2.410.200046.1.1.2', nativeCipher('ARIA-128-CBC', 'aria-128-cbc', 16, 16)],
  ['1.2.410.200046.1.1.7', nativeCipher('ARIA-192-CBC', 'aria-192-cbc', 24, 16)],
  ['1.2.410.200046.1.1.12', nativeCipher('ARIA-256-CBC', 'aria-256-cbc', 32, 16)],
  ['1.2.840.113549.3.7', tripleDes],
  ['1.3.14.3.2.7', des],
])

interface Derivation {
  readonly prf: string | null
  readonly scheme: 'PBES2' | 'PBES2-scrypt' | 'unknown'
  readonly iterations: bigint
  readonly saltBytes: number
  derive(password: Buffer, length: number): Buffer
}

export function readPbes2(parameters: Node | undefined): Encryption {
  const [derivationNode, cipherNode] = children(parameters, 'parameters of PBES2')
  const derivation = readDerivation(derivationNode)
  const [algorithmNode, cipherParameters] = children(cipherNode, 'encryption scheme of PBES2')
  const algorithm = oid(algorithmNode, 'encryption scheme of PBES2')
  const { cipher, iv } = readCipher(algorithm, cipherParameters)
  if (!cipher || derivation.scheme === 'unknown') {
    return unknownEncryption(cipher?.name ?? algorithm, derivation)
  }
  if (iv.length !== cipher.ivBytes) throw new Asn1Error('initialisation vector: wrong length')
  return {
    cipher: cipher.name,
    prf: derivation.prf,
    scheme: derivation.scheme,
    iterations: derivation.iterations,
    saltBytes: derivation.saltBytes,
    library: cipher.library,
    *decrypt(forms, data) {
      for (const password of forms.bytes) {
        const opened = cipher.decrypt(derivation.derive(password, cipher.keyBytes), iv, data)
        if (opened) yield opened
      }
    },
  }
}

function readCipher(algorithm: string, parameters: Node | undefined): { cipher?: Cipher; iv: Buffer } {
  if (algorithm === rc2Cbc) return readRc2(parameters)
  const cipher = ciphers.get(algorithm)
  return cipher ? { cipher, iv: octets(parameters, 'initialisation vector') } : { iv: Buffer.alloc(0) }
}

/** RFC 8018, appendix B.2.3: the version stands for the effective key bits. The key is as long as those. */
function readRc2(parameters: Node | undefined): { cipher?: Cipher; iv: Buffer } {
  const where = 'parameters of RC2'
  const [version, iv] = children(parameters, where)
  const bits = new Map([
    [160n, 40],
    [120n, 64],
    [58n, 128],
  ]).get(integer(version, where))
  return bits ? { cipher: rc2(bits), iv: octets(iv, where) } : { iv: Buffer.alloc(0) }
}

function readDerivation(node: Node | undefined): Derivation {
  const where = 'key derivation of PBES2'
  const [algorithmNode, parameters] = children(node, where)
  const algorithm = oid(algorithmNode, where)
  if (algorithm === pbkdf2) return readPbkdf2(parameters)
  if (algorithm === scrypt) return readScrypt(parameters)
  return { prf: algorithm, scheme: 'unknown', iterations: 0n, saltBytes: 0, derive: () => Buffer.alloc(0) }
}

/**
 * RFC 8018, appendix A.2. The key length that the file may name is not used: the cipher knows its own, and a huge one
 * would multiply the work.
 */
export function readPbkdf2(parameters: Node | undefined): Derivation {
  const where = 'parameters of PBKDF2'
  const [saltNode, iterationsNode, ...optional] = children(parameters, where)
  const salt = octets(saltNode, where)
  const iterations = integer(iterationsNode, where)
  if (iterations < 1n) throw new Asn1Error(`${where}: less than one iteration`)
  const prfNode = optional.find((node) => !isInteger(node))
  const prfAlgorithm = prfNode && oid(children(prfNode, where)[0], where)
  const prf = prfAlgorithm === undefined ? sha1 : hmacs.get(prfAlgorithm)
  return {
    prf: prf ? `HMAC-${prf.name}` : String(prfAlgorithm),
    scheme: prf ? 'PBES2' : 'unknown',
    iterations,
    saltBytes: salt.length,
    derive: (password, length) => pbkdf2Sync(password, salt, Number(iterations), length, prf?.node ?? ''),
  }
}

/** RFC 7914, section 7. N * r * p counts as iterations: each is about the work of one. */
function readScrypt(parameters: Node | undefined): Derivation {
  const where = 'parameters of scrypt'
  const [saltNode, ...numbers] = children(parameters, where)
  const salt = octets(saltNode, where)
  const [cost = 0n, blockSize = 0n, parallelization = 0n] = numbers.slice(0, 3).map((number) => integer(number, where))
  if (cost < 2n || (cost & (cost - 1n)) !== 0n || blockSize < 1n || parallelization < 1n) {
    throw new Asn1Error(`${where}: no cost that scrypt can have`)
  }
  if (128n * blockSize * (cost + parallelization) > maxScryptBytes) {
    throw new Fault(
      'P12_TOO_EXPENSIVE',
      'The key derivation (scrypt) needs more memory than a file may use. Export it again.',
      exportAgain(),
    )
  }
  const options = {
    N: Number(cost),
    r: Number(blockSize),
    p: Number(parallelization),
    maxmem: 2 * Number(maxScryptBytes),
  }
  return {
    prf: 'scrypt',
    scheme: 'PBES2-scrypt',
    iterations: cost * blockSize * parallelization,
    saltBytes: salt.length,
    derive: (password, length) => scryptSync(password, salt, length, options),
  }
}
