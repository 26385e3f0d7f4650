import { createHmac, createPrivateKey, pbkdf2Sync, randomBytes, X509Certificate } from 'node:crypto'
import { digests } from '../../src/pkcs12/encryption/hashes.ts'
import { passwordForms } from '../../src/pkcs12/encryption/password-forms.ts'
import { derivePkcs12, purpose } from '../../src/pkcs12/encryption/pkcs12-kdf.ts'
import { bmpString, explicit, integer, nothing, octets, oid, sequence, set, tlv } from './der.ts'
import type { Protection } from './protections.ts'

/** One bag of a file to be. */
export type BagSpec = (
  | { readonly certificate: string }
  | { readonly privateKey: string; readonly protection: Protection | null }
  | { readonly raw: Buffer }
) & { readonly alias?: string; readonly localKeyId?: string }

export interface SafeSpec {
  readonly protection: Protection | null
  readonly bags: readonly BagSpec[]
}

export interface MacSpec {
  /** Object identifier of a digest; its length for one that is not known. */
  readonly digest: string
  readonly iterations?: number | bigint
  readonly saltBytes?: number
}

/** RFC 9579 with SHA-256 throughout. */
export interface PbmacSpec {
  readonly pbmac1: { readonly iterations?: number | bigint; readonly keyLength?: number }
}

export interface PfxSpec {
  readonly password: string | undefined
  readonly safes: readonly SafeSpec[]
  readonly mac?: MacSpec | PbmacSpec | null
}

export const sha256 = '2.16.840.1.101.3.4.2.1'
export const sha1 = '1.3.14.3.2.26'
const data = '1.2.840.113549.1.7.1'
const encryptedData = '1.2.840.113549.1.7.6'

/** Writes a PKCS#12 file with any combination of parts: what real tools don't write, and what hostile ones do. */
export function buildPfx({ password, safes, mac = { digest: sha256 } }: PfxSpec): Buffer {
  const contents = sequence(...safes.map((safe) => safeOf(safe, password)))
  return sequence(integer(3), sequence(oid(data), explicit(0, octets(contents))), ...macData(mac, contents, password))
}

function macData(mac: MacSpec | PbmacSpec | null, contents: Buffer, password: string | undefined): Buffer[] {
  if (mac === null) return []
  return ['pbmac1' in mac ? pbmac1(mac, contents, password) : macOf(mac, contents, password)]
}

function safeOf({ protection, bags }: SafeSpec, password: string | undefined): Buffer {
  const contents = sequence(...bags.map((bag) => bagOf(bag, password)))
  if (!protection) return sequence(oid(data), explicit(0, octets(contents)))
  const info = sequence(oid(data), protection.algorithm, tlv(0x80, protection.encrypt(contents, password)))
  return sequence(oid(encryptedData), explicit(0, sequence(integer(0), info)))
}

function bagOf(bag: BagSpec, password: string | undefined): Buffer {
  if ('raw' in bag) return bag.raw
  const attributes = [
    ...(bag.alias === undefined ? [] : [sequence(oid('1.2.840.113549.1.9.20'), set(bmpString(bag.alias)))]),
    ...(bag.localKeyId === undefined
      ? []
      : [sequence(oid('1.2.840.113549.1.9.21'), set(octets(Buffer.from(bag.localKeyId))))]),
  ]
  const [type, value] =
    'certificate' in bag ? certificateBag(bag.certificate) : keyBag(bag.privateKey, bag.protection, password)
  return sequence(
    oid(`1.2.840.113549.1.12.10.1.${type}`),
    explicit(0, value),
    ...(attributes.length > 0 ? [set(...attributes)] : []),
  )
}

function certificateBag(pem: string): [number, Buffer] {
  const der = new X509Certificate(pem).raw
  return [3, sequence(oid('1.2.840.113549.1.9.22.1'), explicit(0, octets(der)))]
}

function keyBag(pem: string, protection: Protection | null, password: string | undefined): [number, Buffer] {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return protection ? [2, sequence(protection.algorithm, octets(protection.encrypt(pkcs8, password)))] : [1, pkcs8]
}

function macOf(
  { digest, iterations = 2_048, saltBytes = 8 }: MacSpec,
  contents: Buffer,
  password: string | undefined,
): Buffer {
  const algorithm = digests.get(digest)
  const salt = randomBytes(saltBytes)
  // a count beyond the limit needs no valid MAC
  const rounds = Number(iterations) > 1_000_000 ? 1 : Number(iterations)
  const mac = algorithm
    ? createHmac(
        algorithm.node,
        derivePkcs12({
          algorithm,
          password: passwordForms(password).unicode[0] ?? Buffer.alloc(0),
          salt,
          iterations: rounds,
          purpose: purpose.mac,
          length: algorithm.outputBytes,
        }),
      ).update(contents)
    : undefined
  const digestInfo = sequence(sequence(oid(digest), nothing), octets(mac?.digest() ?? Buffer.alloc(20)))
  return sequence(digestInfo, octets(salt), integer(iterations))
}

function pbmac1(
  { pbmac1: { iterations = 2_048, keyLength = 32 } }: PbmacSpec,
  contents: Buffer,
  password = '',
): Buffer {
  const salt = randomBytes(16)
  const hmacSha256 = sequence(oid('1.2.840.113549.2.9'), nothing)
  const parameters = sequence(octets(salt), integer(iterations), integer(keyLength), hmacSha256)
  const rounds = Number(iterations) > 1_000_000 ? 1 : Number(iterations)
  const key = pbkdf2Sync(password, salt, rounds, keyLength, 'sha256')
  const mac = createHmac('sha256', key).update(contents).digest()
  const derivation = sequence(oid('1.2.840.113549.1.5.12'), parameters)
  const algorithm = sequence(oid('1.2.840.113549.1.5.14'), sequence(derivation, hmacSha256))
  return sequence(sequence(algorithm, octets(mac)), octets(Buffer.from('NOT USED')), integer(1))
}
