import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, withTools } from '@mtls-gateway/test-kit'
import { examineP12 } from './support/examine.ts'
import { p12, password } from './support/files.ts'
import { openssl } from './support/openssl.ts'

withTools(describe, 'openssl')('what people send instead of a PKCS#12 file', () => {
  let identity: IssuedCertificate
  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'client' })
  })
  const problemOf = (bytes: Uint8Array) => {
    const { report } = examineP12(bytes, password)
    expect(report).toMatchObject({
      readable: false,
      readBy: null,
      container: null,
      problems: [{ code: 'NOT_A_PKCS12' }],
    })
    return report.problems[0]
  }

  it('is told when it is empty', () => {
    expect(problemOf(Buffer.alloc(0))?.message).toContain('empty')
  })

  it('is told when it is PEM', () => {
    expect(problemOf(Buffer.from(identity.certificate))).toMatchObject({
      message: expect.stringContaining('PEM'),
      fix: expect.stringContaining('openssl pkcs12 -export'),
    })
  })

  it('is told when it is a certificate', () => {
    expect(problemOf(new X509Certificate(identity.certificate).raw)?.message).toContain('without its private key')
  })

  it('is told when it is PKCS#7', async () => {
    const file = await openssl(['crl2pkcs7', '-nocrl', '-certfile', 'c.pem', '-outform', 'DER'], {
      'c.pem': identity.certificate,
    })
    expect(problemOf(file)?.message).toContain('PKCS#7')
  })

  it('is told when it is PKCS#7 in PEM', async () => {
    const file = await openssl(['crl2pkcs7', '-nocrl', '-certfile', 'c.pem'], { 'c.pem': identity.certificate })
    expect(problemOf(file)).toMatchObject({
      message: expect.stringContaining('This is a PKCS#7 file (.p7b, .p7c)'),
      fix: expect.stringContaining('openssl pkcs7 -print_certs'),
    })
  })

  it('is told when it is a signing request', async () => {
    const words = ['req', '-new', '-key', 'k.pem', '-subj', '/CN=client']
    const request = await openssl(words, { 'k.pem': identity.privateKey })
    expect(problemOf(request)?.message).toContain('This is a signing request (CSR), not a certificate.')
  })

  it('is told when it is base64 of a PKCS#12 file', () => {
    expect(problemOf(Buffer.from(p12(identity).toString('base64')))).toMatchObject({
      message: expect.stringContaining('base64'),
      fix: expect.stringContaining('openssl base64 -d'),
    })
  })

  it('is told when it is a ZIP archive or a Java keystore', () => {
    expect(problemOf(Buffer.from('PK\x03\x04rest'))?.message).toContain('ZIP')
    expect(problemOf(Buffer.from('cececece00000002', 'hex'))?.message).toContain('JCEKS')
  })

  it('is not taken for something else because of what its names hold', () => {
    const file = p12(identity, { certificates: null, certificateBag: { alias: '-----BEGIN CERTIFICATE-----' } })
    expect(examineP12(file, password).report.readable).toBe(true)
  })

  it('is told when it is something else', () => {
    expect(problemOf(Buffer.from('<html>404</html>'))?.message).toContain('not a PKCS#12 file')
    expect(problemOf(Buffer.from('3000', 'hex'))?.message).toContain('not a PKCS#12 file')
  })
})
