import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { bodyOf, explicit, indefinite, integer, members, octets, oid, sequence } from './support/der.ts'
import { codes, examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'
import { buildPfx, sha1 } from './support/pkcs12-builder.ts'
import { pbes2, pkcs12Pbe, scrypt } from './support/protections.ts'

const vector = (name: string) =>
  Buffer.from(readFileSync(new URL(`./fixtures/rfc9579/${name}.base64`, import.meta.url), 'latin1'), 'base64')

describe('PBMAC1', () => {
  it.each([
    ['a1', 'PBMAC1-HMAC-SHA-256'],
    ['a2', 'PBMAC1-HMAC-SHA-256'],
    ['a3', 'PBMAC1-HMAC-SHA-512'],
  ])('reads vector %s of RFC 9579', (name, mac) => {
    const { report } = examineP12(vector(name), '1234')
    expect(report).toMatchObject({
      readable: true,
      container: { mac, cipher: 'AES-256-CBC' },
      keyMatchesCertificate: true,
    })
    expect(codes(examineP12(vector(name), 'wrong'))).toEqual(['P12_WRONG_PASSWORD'])
  })

  it.each([
    ['a4', 'a wrong iteration count'],
    ['a5', 'a wrong salt'],
    ['a6', 'no key length'],
  ])('refuses vector %s of RFC 9579: %s', (name) => {
    const examination = examineP12(vector(name), '1234')
    expect(examination.report.readable).toBe(false)
    expect(codes(examination)).toEqual(['P12_DAMAGED'])
  })
})

describe('containers', () => {
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
  })

  it('reads indefinite lengths and octet strings in pieces', () => {
    const [, authSafe = Buffer.alloc(0), macData = Buffer.alloc(0)] = members(p12(identity))
    const contents = bodyOf(bodyOf(members(authSafe)[1] ?? Buffer.alloc(0)))
    const pieces = [contents.subarray(0, 1_000), contents.subarray(1_000)].map(octets)
    const data = indefinite(0xa0, indefinite(0x24, ...pieces))
    const file = indefinite(0x30, integer(3), indefinite(0x30, oid('1.2.840.113549.1.7.1'), data), macData)
    expect(examineP12(file, password).report).toMatchObject({ readable: true, keyMatchesCertificate: true })
  })

  it('reads bags inside a bag, which Java does not', () => {
    const inner = (bag: Buffer) => ({ raw: sequence(oid('1.2.840.113549.1.12.10.1.6'), explicit(0, sequence(bag))) })
    const bags = members(contentsOf(p12(identity, { certificates: null, key: null })))
    const file = buildPfx({ password, safes: [{ protection: pbes2(), bags: bags.map(inner) }] })
    expect(examineP12(file, password).report).toMatchObject({ keyMatchesCertificate: true, readableByJava: [] })
  })

  it('passes over bags that hold neither key nor certificate', () => {
    const secret = {
      raw: sequence(
        oid('1.2.840.113549.1.12.10.1.5'),
        explicit(0, sequence(oid('1.2.3'), explicit(0, octets(Buffer.alloc(9))))),
      ),
    }
    expect(
      examineP12(p12(identity, { more: [secret] }), password).report.problems.map(({ severity }) => severity),
    ).not.toContain('error')
  })

  it('reads scrypt', () => {
    const { report } = examineP12(p12(identity, { key: scrypt() }), password)
    expect(report).toMatchObject({ readable: true, container: { prf: 'HMAC-SHA-256, scrypt' } })
  })

  it('ignores a key length in PBKDF2 that would multiply the work', () => {
    expect(examineP12(p12(identity, { key: pbes2({ keyLength: 2 ** 31 - 1 }) }), password).report.readable).toBe(true)
  })

  it('tells damage from a wrong password: the password opens what is encrypted, but the MAC does not fit', () => {
    const file = p12(identity)
    file.writeUInt8(file.readUInt8(file.length - 20) ^ 1, file.length - 20)
    expect(codes(examineP12(file, password))).toEqual(['P12_DAMAGED'])
    expect(codes(examineP12(file, 'wrong'))).toEqual(['P12_WRONG_PASSWORD'])
  })

  it('does not follow nesting without end', () => {
    const nested = (levels: number) =>
      Buffer.concat([Buffer.from('3080020103', 'hex'), Buffer.alloc(2 * levels, Buffer.from('3080', 'hex'))])
    for (const levels of [30_000, 120_000]) expect(codes(examineP12(nested(levels), password))).toEqual(['P12_DAMAGED'])
  })

  it('refuses a PBMAC1 whose key is so short that the MAC can be guessed', () => {
    expect(codes(examineP12(p12(identity, { mac: { pbmac1: { keyLength: 19 } } }), password))).toEqual(['P12_DAMAGED'])
    expect(examineP12(p12(identity, { mac: { pbmac1: { keyLength: 20 } } }), password).report.readable).toBe(true)
  })

  it('says that a file was cut off', () => {
    expect(codes(examineP12(p12(identity).subarray(0, 700), password))).toEqual(['P12_DAMAGED'])
  })

  it.each([
    ['1.2.840.113549.1.7.2', 'by a signature'],
    ['1.2.840.113549.1.7.3', 'for a recipient'],
  ])('says that contents of type %s have no password', (type, words) => {
    const safe = sequence(oid(type), explicit(0, sequence()))
    const inner = sequence(oid('1.2.840.113549.1.7.1'), explicit(0, octets(sequence(safe))))
    const file = sequence(integer(3), words === 'by a signature' ? safe : inner)
    expect(examineP12(file, password).report.problems).toMatchObject([
      { code: 'P12_UNSUPPORTED_ALGORITHM', message: expect.stringContaining(words.split(' ').at(-1) ?? '') },
    ])
  })

  it('warns of weak encryption and of few iterations', () => {
    expect(codes(examineP12(p12(identity, { certificates: pkcs12Pbe(6), mac: { digest: sha1 } }), password))).toContain(
      'WEAK_ENCRYPTION',
    )
    expect(codes(examineP12(p12(identity, { key: pbes2({ iterations: 100 }) }), password))).toContain(
      'WEAK_KEY_DERIVATION',
    )
    expect(codes(examineP12(p12(identity, { mac: null }), password))).toContain('UNPROTECTED_FILE')
  })

  it('says what is missing in a file without key or without certificate', () => {
    const only = (bags: readonly ({ certificate: string } | { privateKey: string; protection: null })[]) =>
      codes(examineP12(buildPfx({ password, safes: [{ protection: pbes2(), bags }] }), password))
    expect(only([{ certificate: identity.certificate }])).toEqual(['P12_NO_PRIVATE_KEY'])
    expect(only([{ privateKey: identity.privateKey, protection: null }])).toEqual(['P12_NO_CERTIFICATE'])
  })
})

/** All bags of a file whose safes are not encrypted, as one SafeContents. */
function contentsOf(file: Buffer): Buffer {
  const dataOf = (info: Buffer) => bodyOf(bodyOf(members(info)[1] ?? Buffer.alloc(0)))
  const safes = members(dataOf(members(file)[1] ?? Buffer.alloc(0)))
  return sequence(...safes.flatMap((safe) => members(dataOf(safe))))
}
