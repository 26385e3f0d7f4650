import { beforeAll, describe, expect, it } from '@jest/globals'
import { errorCodes, warningCodes } from '@mtls-gateway/domain'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { chooseError, renderReport } from '../src/index.ts'
import { examineHere, examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'

describe('a report', () => {
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client', notAfter: new Date(Date.UTC(2125, 0, 1)) })
  })
  const withChain = () => {
    const more = identity.chain.map((certificate) => ({ certificate }))
    return examineP12(p12(identity, { more, keyBag: { alias: 'my key', localKeyId: 'a' } }), password).report
  }

  it('has exactly the shape of the contract', () => {
    expect(withChain()).toEqual({
      readable: true,
      readBy: 'pkijs',
      container: { mac: 'HMAC-SHA-256', cipher: 'AES-256-CBC', prf: 'HMAC-SHA-256', iterations: 2_048 },
      keys: [{ type: 'EC', size: 256, curve: 'P-256', alias: 'my key' }],
      chain: [
        { subject: 'CN=client', issuer: 'CN=Test CA', notAfter: '2125-01-01T00:00:00.000Z' },
        { subject: 'CN=Test CA', issuer: 'CN=Test CA', notAfter: expect.any(String) },
      ],
      keyMatchesCertificate: true,
      javaCompliant: true,
      readableByJava: ['8u301', '11', '17', '21'],
      problems: [],
      call: null,
    })
  })

  it('becomes text that a person can read', () => {
    const lines = renderReport(withChain()).split('\n')
    expect(lines.filter((line) => !line.includes('until'))).toEqual([
      'Readable        yes, by pkijs',
      'MAC             HMAC-SHA-256',
      'Cipher          AES-256-CBC',
      'Derivation      HMAC-SHA-256',
      'Iterations      2048',
      'Key             EC P-256 "my key"',
      'Key matches     yes',
      'Chain           1. CN=client',
      '                   issued by CN=Test CA',
      '                2. CN=Test CA',
      '                   self-signed',
      'Java            readable by 8u301, 11, 17, 21',
      'Java compliant  yes',
      '',
    ])
  })

  it('names each problem in the text, with the commands that mend it', () => {
    const text = renderReport(examineP12(p12(identity), 'wrong').report)
    expect(text).toContain('\nERROR P12_WRONG_PASSWORD\n  The password does not open the file.')
    expect(text).toContain('\n  $ openssl pkcs12 -in client.p12 -noout\n')
    expect(text).toContain('Readable        no\n')
  })

  it('keeps what was learnt before something failed', () => {
    expect(examineP12(p12(identity), 'wrong').report).toMatchObject({
      readable: false,
      container: { cipher: 'AES-256-CBC' },
    })
    const expired = examineHere({ kind: 'pkcs12', bytes: p12(identity), password }, new Date(Date.UTC(2126, 0, 1)))
    expect(expired.report).toMatchObject({ readable: true, keyMatchesCertificate: true, javaCompliant: true })
  })

  it('gives its first error, with all problems as details, for an answer', () => {
    const { report } = examineHere(
      { kind: 'pkcs12', bytes: p12(identity, { mac: null }), password },
      new Date(Date.UTC(2126, 0, 1)),
    )
    const error = chooseError(report)
    expect(error).toMatchObject({ code: 'CERTIFICATE_EXPIRED', details: { problems: report.problems } })
    expect(error.message).toBe(report.problems.find(({ severity }) => severity === 'error')?.message)
    expect(() => chooseError(withChain())).toThrow(TypeError)
  })

  it('never holds the password or the key', () => {
    const key = identity.privateKey.split('\n')[1] ?? ''
    for (const secret of [password, 'n0t-the-0ne']) {
      const { report } = examineP12(p12(identity), secret)
      expect(JSON.stringify(report)).not.toContain(secret)
      expect(JSON.stringify(report)).not.toContain(key)
    }
  })

  it('has warnings whose codes are no error codes', () => {
    expect(warningCodes.filter((code) => (errorCodes as readonly string[]).includes(code))).toEqual([])
  })
})
