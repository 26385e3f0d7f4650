import type { JavaVersion } from '@mtls-gateway/domain'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { type FileSpec, p12, password } from '../support/files.ts'
import { selfSigned } from '../support/openssl.ts'
import { buildPfx, sha1, sha256 } from '../support/pkcs12-builder.ts'
import { aes128, aes192, pbes1Des, pbes2, pkcs12Pbe, scrypt } from '../support/protections.ts'

/** A file to ask Java about. `readable` is what the table of rules says. */
export interface Question {
  readonly name: string
  readonly password: string
  readonly readable: readonly JavaVersion[]
  make(identity: IssuedCertificate, other: IssuedCertificate): Buffer | Promise<Buffer>
}

const modern: readonly JavaVersion[] = ['8u301', '11', '17', '21']
const every: readonly JavaVersion[] = ['8', ...modern]

function file(name: string, readable: readonly JavaVersion[], spec: FileSpec = {}): Question {
  return { name, readable, password: spec.password ?? password, make: (identity) => p12(identity, spec) }
}

const mac = (digest: string, more: object = {}) => ({ mac: { digest, ...more } })
const prf = (oid: string, node: string) => ({
  key: pbes2({ prf: [oid, node] }),
  certificates: pbes2({ prf: [oid, node] }),
})
const both = (scheme: 3 | 4 | 5 | 6) => ({ key: pkcs12Pbe(scheme), certificates: pkcs12Pbe(scheme) })

export const macQuestions: readonly Question[] = [
  file('a MAC with SHA-1 and PBES1 encryption', every, { ...mac(sha1), ...both(3) }),
  file('a MAC with SHA-224', modern, mac('2.16.840.1.101.3.4.2.4')),
  file('a MAC with SHA-256', modern, mac(sha256)),
  file('a MAC with SHA-384', modern, mac('2.16.840.1.101.3.4.2.2')),
  file('a MAC with SHA-512', modern, mac('2.16.840.1.101.3.4.2.3')),
  file('a MAC with SHA-512/224', modern, mac('2.16.840.1.101.3.4.2.5')),
  file('a MAC with SHA-512/256', modern, mac('2.16.840.1.101.3.4.2.6')),
  file('a MAC with MD5', [], mac('1.2.840.113549.2.5')),
  file('a MAC with SHA3-256', [], mac('2.16.840.1.101.3.4.2.8')),
  file('PBMAC1', [], { mac: { pbmac1: {} } }),
  file('a MAC of 0 iterations', [], mac(sha256, { iterations: 0 })),
  file('a MAC of 1 iteration', modern, mac(sha256, { iterations: 1 })),
  file('a MAC with 4 bytes of salt', [], mac(sha256, { saltBytes: 4 })),
  file('no MAC', modern, { mac: null }),
]

export const cipherQuestions: readonly Question[] = [
  file('PBES2 with AES-128', modern, { key: pbes2({ cipher: aes128 }), certificates: pbes2({ cipher: aes128 }) }),
  file('PBES2 with AES-192 for the key', [], { key: pbes2({ cipher: aes192 }) }),
  file('PBES2 with AES-192 for the certificates', [], { certificates: pbes2({ cipher: aes192 }) }),
  file('PBES2 with 3DES', [], { key: pbes2({ cipher: ['1.2.840.113549.3.7', 'des-ede3-cbc', 24, 8] }) }),
  file('PBES2 with Camellia', [], {
    key: pbes2({ cipher: ['1.2.392.200011.61.1.1.1.2', 'camellia-128-cbc', 16, 16] }),
  }),
  file('PBES2 with ARIA', [], { key: pbes2({ cipher: ['1.2.410.200046.1.1.12', 'aria-256-cbc', 32, 16] }) }),
  file('PBES2 with scrypt', [], { key: scrypt() }),
  file('PBES2 with HMAC-SHA-1', modern, prf('1.2.840.113549.2.7', 'sha1')),
  file('PBES2 with HMAC-SHA-224', modern, prf('1.2.840.113549.2.8', 'sha224')),
  file('PBES2 with HMAC-SHA-384', modern, prf('1.2.840.113549.2.10', 'sha384')),
  file('PBES2 with HMAC-SHA-512', modern, prf('1.2.840.113549.2.11', 'sha512')),
  file('PBES2 with HMAC-SHA-512/256', ['21'], prf('1.2.840.113549.2.13', 'sha512-256')),
  file('PBES2 with HMAC-SHA3-256', [], prf('2.16.840.1.101.3.4.2.14', 'sha3-256')),
  file('3DES', modern, both(3)),
  file('3DES with two keys', [], both(4)),
  file('RC2-128', modern, both(5)),
  file('RC2-40', modern, both(6)),
  file('an encryption with 4 bytes of salt', [], { key: pkcs12Pbe(3, { saltBytes: 4 }) }),
  file('PBES1 with MD5 and DES', modern, { key: pbes1Des(3), certificates: pbes1Des(3) }),
  file('PBES1 with SHA-1 and DES', [], { key: pbes1Des(10) }),
  file('certificates without encryption', modern, { certificates: null }),
  file('a key bag without encryption', [], { key: null }),
]

const none = {}
export const passwordAndBagQuestions: readonly Question[] = [
  file('a password with an umlaut', [], { password: 'pässword' }),
  file('a password with a tabulator', [], { password: 'a\tb' }),
  file('a password with space and tilde', modern, { password: ' ~' }),
  file('an empty password', modern, { password: '' }),
  file('no localKeyID anywhere', [], { keyBag: none, certificateBag: none }),
  file('friendly names for localKeyIDs', modern, { keyBag: { alias: 'Q' }, certificateBag: { alias: 'q' } }),
  file('a localKeyID that no certificate has', [], { keyBag: { localKeyId: 'b' } }),
  {
    name: "another certificate's localKeyID",
    password,
    readable: [],
    make: (identity, other) =>
      p12(identity, { keyBag: { localKeyId: 'b' }, more: [{ certificate: other.certificate, localKeyId: 'b' }] }),
  },
  { name: 'the key first and no localKeyID', password, readable: modern, make: (identity) => keyFirst(identity) },
  {
    name: 'the key first, no localKeyID, another certificate before its own',
    password,
    readable: [],
    make: (identity, other) => keyFirst(identity, other.certificate),
  },
]

function ofType(type: string, readable: readonly JavaVersion[]): Question {
  return { name: `a key of type ${type}`, password, readable, make: async () => p12(await selfSigned(type)) }
}

export const keyQuestions: readonly Question[] = [
  ofType('secp256k1', []),
  ofType('brainpoolP256r1', []),
  ofType('ed25519', ['17', '21']),
  ofType('ed448', ['17', '21']),
  ofType('rsa-pss', modern),
  {
    name: 'an RSA key of three primes',
    password,
    readable: [],
    make: async () => p12(await selfSigned('rsa:2048', ['-pkeyopt', 'rsa_keygen_primes:3'])),
  },
]

function keyFirst({ privateKey, certificate }: IssuedCertificate, ...before: readonly string[]): Buffer {
  const bags = [...before, certificate].map((pem) => ({ certificate: pem }))
  const key = { protection: null, bags: [{ privateKey, protection: pbes2() }] }
  return buildPfx({ password, safes: [key, { protection: pbes2(), bags }] })
}
