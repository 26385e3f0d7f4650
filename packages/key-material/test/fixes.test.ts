import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { examineSigned } from '../src/examine/examine-signed.ts'
import type { Examination } from '../src/index.ts'
import { codes, examineHere, examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'
import { keptFile } from './support/kept-files.ts'
import { openssl, selfSigned } from './support/openssl.ts'
import { buildPfx, sha1 } from './support/pkcs12-builder.ts'
import { aes192, pbes2, pkcs12Pbe } from './support/protections.ts'
import { runFix } from './support/shell.ts'

const fixOf = ({ report }: Examination, code: string) => report.problems.find((problem) => problem.code === code)?.fix

const itWithKeytool = withTools(it, 'a JDK')

withTools(describe, 'openssl')('the commands of a fix', () => {
  let identity: IssuedCertificate
  let pem: { 'key.pem': string; 'certificate.pem': string; 'chain.pem': string }
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
    pem = {
      'key.pem': identity.privateKey,
      'certificate.pem': identity.certificate,
      'chain.pem': identity.chain.join(''),
    }
  })

  it.each([
    ['JAVA_CANNOT_READ_CIPHER', { key: pbes2({ cipher: aes192 }) }],
    ['JAVA_CANNOT_READ_MAC', { mac: { digest: '1.2.840.113549.2.5' } }],
    ['JAVA_FINDS_NO_KEY', { key: null }],
    ['JAVA_PAIRS_WRONG', { keyBag: {}, certificateBag: {} }],
    ['WEAK_ENCRYPTION', { certificates: pkcs12Pbe(6), key: pkcs12Pbe(3), mac: { digest: sha1 } }],
    ['WEAK_KEY_DERIVATION', { key: pbes2({ iterations: 10 }) }],
    ['UNPROTECTED_FILE', { mac: null }],
  ])('mend %s', (code, spec) => {
    const before = examineP12(p12(identity, spec), password)
    const [mended = Buffer.alloc(0)] = runFix(fixOf(before, code), { 'client.p12': p12(identity, spec) }, [
      'client-new.p12',
    ])
    const after = examineP12(mended, password)
    expect(after.report.javaCompliant).toBe(true)
    expect(codes(after)).not.toContain(code)
    expect(after.material?.leaf).toBe(identity.certificate)
  })

  itWithKeytool('take one entry out of several', () => {
    const fix = fixOf(examineP12(keptFile('keytool17-two-keys'), 'secret'), 'P12_AMBIGUOUS_KEYS')?.replace(
      'ALIAS',
      'ec',
    )
    const [one = Buffer.alloc(0)] = runFix(
      fix,
      { 'client.p12': keptFile('keytool17-two-keys') },
      ['client-new.p12'],
      'secret',
    )
    expect(examineP12(one, 'secret').report).toMatchObject({ keyMatchesCertificate: true, keys: [{ alias: 'ec' }] })
  })

  itWithKeytool('turn a JKS into a PKCS#12 file', () => {
    const fix = fixOf(examineP12(keptFile('jks-named'), 'secret'), 'NOT_A_PKCS12')
    const [file = Buffer.alloc(0)] = runFix(fix, { 'client.jks': keptFile('jks-named') }, ['client.p12'], 'secret')
    expect(examineP12(file, 'secret').report.keyMatchesCertificate).toBe(true)
  })

  it('decode base64, and put a certificate of any form together with its key', async () => {
    const encoded = p12(identity).toString('base64')
    const decoded = runFix(fixOf(examineP12(Buffer.from(encoded)), 'NOT_A_PKCS12'), { 'client.txt': encoded }, [
      'client.p12',
    ])
    const der = new X509Certificate(identity.certificate).raw
    const fromDer = runFix(fixOf(examineP12(der), 'NOT_A_PKCS12'), { ...pem, 'client.cer': der }, ['client.p12'])
    const p7b = await openssl(['crl2pkcs7', '-nocrl', '-certfile', 'certificate.pem', '-outform', 'DER'], pem)
    const fromP7b = runFix(fixOf(examineP12(p7b), 'NOT_A_PKCS12'), { ...pem, 'client.p7b': p7b }, ['client.p12'])
    const withoutKey = buildPfx({
      password,
      safes: [{ protection: null, bags: [{ certificate: identity.certificate }] }],
    })
    const fromPem = runFix(fixOf(examineP12(withoutKey, password), 'P12_NO_PRIVATE_KEY'), pem, ['client.p12'])
    for (const [file = Buffer.alloc(0)] of [decoded, fromDer, fromP7b, fromPem]) {
      expect(examineP12(file, password).report.keyMatchesCertificate).toBe(true)
    }
  })

  it('complete a chain', () => {
    const fix = fixOf(examineP12(p12(identity), password), 'CHAIN_INCOMPLETE')
    const [file = Buffer.alloc(0)] = runFix(fix, pem, ['client.p12'])
    expect(codes(examineP12(file, password))).toEqual([])
  })

  it('make a request that asks for clientAuth', async () => {
    const server = ['-addext', 'extendedKeyUsage=serverAuth']
    const fix = fixOf(examineP12(p12(await selfSigned('prime256v1', server)), password), 'CLIENT_AUTH_ABSENT')
    const [request = Buffer.alloc(0)] = runFix(fix, pem, ['client.csr'])
    expect((await openssl(['req', '-in', 'csr', '-noout', '-text'], { csr: request })).toString()).toContain(
      'Client Authentication',
    )
  })

  it('make a request for renewal, and one for a new key', async () => {
    const late = new Date(Date.now() + 400 * 24 * 3_600_000)
    const expired = examineHere({ kind: 'pkcs12', bytes: p12(identity), password }, late)
    expect(
      runFix(fixOf(expired, 'CERTIFICATE_EXPIRED'), { 'client.p12': p12(identity) }, ['client.csr'])[0]?.toString(),
    ).toContain('REQUEST')
    const weak = examineP12(p12(await selfSigned('rsa:1024')), password)
    expect(runFix(fixOf(weak, 'KEY_TOO_WEAK'), {}, ['client.csr'])[0]?.toString()).toContain('REQUEST')
  })

  it('try the password: they succeed with the right one alone', () => {
    const fix = fixOf(examineP12(p12(identity), 'wrong'), 'P12_WRONG_PASSWORD')
    runFix(fix, { 'client.p12': p12(identity) }, [])
    expect(() => runFix(fix, { 'client.p12': p12(identity) }, [], 'wrong')).toThrow(/mac verify/i)
  })

  it('show whether a certificate was issued for a request', async () => {
    const request = await openssl(['req', '-new', '-key', 'key.pem', '-subj', '/CN=client'], pem)
    const other = { certificates: identity.certificate, spkiSha256: 'of another key' }
    const fix = examineSigned(other, new Date()).report.problems[0]?.fix
    const files = { 'client.csr': request, 'certificate.pem': identity.certificate }
    const lines = fix?.split('\n').map((line, index) => `${line} > ${index}.txt`)
    const [ofRequest, ofCertificate] = runFix(lines?.join('\n'), files, ['0.txt', '1.txt'])
    expect(ofRequest?.toString()).toBe(ofCertificate?.toString())
  })

  it('show keys and files to compare', () => {
    runFix(
      fixOf(examineHere({ kind: 'pem', certificate: identity.certificate, privateKey: '' }), 'PEM_MALFORMED'),
      pem,
      [],
    )
    runFix(
      fixOf(examineP12(p12(identity).subarray(0, 900), password), 'P12_DAMAGED'),
      { 'client.p12': p12(identity) },
      [],
    )
  })
})
