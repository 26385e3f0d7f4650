import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { passwordForms } from '../src/pkcs12/encryption/password-forms.ts'
import { oid, sequence } from './support/der.ts'
import { codes, examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'
import { keptFile } from './support/kept-files.ts'
import { exportPkcs12 } from './support/openssl.ts'
import { sha1 } from './support/pkcs12-builder.ts'
import { type Protection, pbes2, pkcs12Pbe } from './support/protections.ts'

withTools(describe, 'openssl')('passwords', () => {
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
  })
  const reads = (bytes: Uint8Array, secret?: string) => examineP12(bytes, secret).report.readable

  it.each(['', '-legacy'])('opens a file with a non-ASCII password (openssl %s)', async (args) => {
    const secret = 'pässwörd€😀'
    const bytes = await exportPkcs12(identity, secret, args === '' ? [] : [args])
    expect(reads(bytes, secret)).toBe(true)
    expect(codes(examineP12(bytes, 'pässwörd€'))).toEqual(['P12_WRONG_PASSWORD'])
  })

  it('opens what OpenSSL before 1.1.0 wrote with a UTF-8 password: each byte as a character', () => {
    const asItTookIt = Buffer.from('pässwörd', 'utf8').toString('latin1')
    const protection = pkcs12Pbe(3)
    const bytes = p12(identity, {
      password: asItTookIt,
      key: protection,
      certificates: pkcs12Pbe(3),
      mac: { digest: sha1 },
    })
    expect(reads(bytes, 'pässwörd')).toBe(true)
  })

  it('opens what was encrypted on a Latin-1 terminal', () => {
    const latin1 = () => pbes2({ encoding: 'latin1' })
    expect(reads(p12(identity, { password: 'pässwörd', key: latin1(), certificates: latin1() }), 'pässwörd')).toBe(true)
  })

  it('opens a file with an empty password, given as empty or not at all', async () => {
    for (const args of [[], ['-legacy']]) {
      const bytes = await exportPkcs12(identity, '', args)
      expect([reads(bytes, ''), reads(bytes)]).toEqual([true, true])
    }
  })

  it('opens a file whose tool wrote no password at all, given as empty or not at all', () => {
    const [terminator, nothing] = passwordForms(undefined).unicode
    expect([terminator?.length, nothing?.length]).toEqual([2, 0])
    const bytes = keptFile('python-none-ec')
    expect([reads(bytes, ''), reads(bytes)]).toEqual([true, true])
    expect(codes(examineP12(bytes, ''))).toContain('UNPROTECTED_FILE')
  })

  it('asks for the password where none was given and one is needed', () => {
    expect(codes(examineP12(p12(identity)))).toEqual(['P12_PASSWORD_REQUIRED'])
    expect(codes(examineP12(p12(identity), ''))).toEqual(['P12_PASSWORD_REQUIRED'])
  })

  it('takes any password for a file without MAC and encryption, as every tool does, and warns of it', () => {
    const bytes = p12(identity, { mac: null, key: null, certificates: null })
    expect(codes(examineP12(bytes, 'anything'))).toContain('UNPROTECTED_FILE')
    expect(reads(bytes, 'anything') && reads(bytes)).toBe(true)
  })

  it('knows a wrong password without a MAC, too, however often valid padding comes out of it', () => {
    const bytes = p12(identity, { mac: null })
    const wrong = Array.from({ length: 600 }, (_, index) => codes(examineP12(bytes, `wrong ${index}`))[0])
    expect(new Set(wrong)).toEqual(new Set(['P12_WRONG_PASSWORD']))
  })

  it('tells a wrong password from a cipher that nobody here knows', () => {
    const bytes = p12(identity, { certificates: unknownCipher })
    expect(codes(examineP12(bytes, password))).toEqual(['P12_UNSUPPORTED_ALGORITHM'])
    expect(codes(examineP12(bytes, 'wrong'))).toEqual(['P12_WRONG_PASSWORD'])
    expect(examineP12(bytes, password).report.problems[0]?.message).toContain('1.2.410.200004.1.15')
  })

  it('tells a wrong password from an integrity check that nobody here knows', () => {
    const bytes = p12(identity, { mac: { digest: '1.2.643.7.1.1.2.2' } })
    expect(codes(examineP12(bytes, password))).toEqual(['P12_UNSUPPORTED_ALGORITHM'])
  })

  it('tells a key with a password of its own from a wrong password of the file', () => {
    const other: Protection = pbes2()
    const key = { algorithm: other.algorithm, encrypt: (contents: Buffer) => other.encrypt(contents, 'its own') }
    const { report } = examineP12(p12(identity, { key }), password)
    expect(report.problems).toMatchObject([
      { code: 'P12_WRONG_PASSWORD', message: expect.stringContaining('of its own') },
    ])
  })
})

/** pbeWithSHA1AndSEED-CBC. */
const unknownCipher: Protection = {
  algorithm: sequence(oid('1.2.410.200004.1.15'), sequence()),
  encrypt: (contents) => contents,
}
