import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createCa, type TestKeyType } from '../src/index.ts'
import { newRequest } from './signing-request.ts'

const KEY_TYPES: readonly TestKeyType[] = ['EC-P256', 'EC-P384', 'EC-P521', 'RSA-1024', 'RSA-2048', 'Ed25519']

describe('createCa', () => {
  it.each(KEY_TYPES)('issues a certificate whose %s private key belongs to it', async (keyType) => {
    const ca = await createCa()
    const issued = await ca.issue({ commonName: 'client', keyType })
    const leaf = new X509Certificate(issued.certificate)
    expect(leaf.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true)
    expect(leaf.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true)
    expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(issued.fingerprintSha256)
    expect(issued.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  })

  it.each(KEY_TYPES)('signs with a %s key of its own', async (keyType) => {
    const ca = await createCa({ keyType, name: 'Some CA' })
    const root = new X509Certificate(ca.certificate)
    expect(root.verify(root.publicKey)).toBe(true)
    expect(root.subject).toBe('CN=Some CA')
    const leaf = new X509Certificate((await ca.issue({ commonName: 'client' })).certificate)
    expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true)
    expect(root.checkPrivateKey(createPrivateKey(ca.privateKey))).toBe(true)
  })

  it('signs a request with the subject and the names that it asks for', async () => {
    const ca = await createCa()
    const { csr, publicKey } = await newRequest()
    const signed = await ca.signRequest(csr)
    const leaf = new X509Certificate(signed.certificate)
    expect(leaf.publicKey.export({ type: 'spki', format: 'der' })).toEqual(publicKey)
    expect(leaf.subject).toBe('CN=asked')
    expect(leaf.subjectAltName).toBe('DNS:asked.example')
    expect(leaf.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true)
    const { signature } = /(?<signature>.{8}=*)\n-----END/s.exec(csr)?.groups ?? {}
    await expect(ca.signRequest(csr.replace(signature ?? '', 'AAAAAAA='))).rejects.toThrow()
  })

  it('puts names, validity and usages into the certificate as they were asked for', async () => {
    const ca = await createCa()
    const notBefore = new Date('2020-01-01T00:00:00Z')
    const notAfter = new Date('2021-01-01T00:00:00Z')
    const issued = await ca.issue({
      commonName: 'a, b=c',
      organization: 'Acme',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      notBefore,
      notAfter,
      extendedKeyUsage: ['clientAuth'],
    })
    const leaf = new X509Certificate(issued.certificate)
    expect(leaf.subject).toBe('O=Acme\nCN=a\\, b=c')
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    expect([leaf.validFromDate, leaf.validToDate]).toEqual([notBefore, notAfter])
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(leaf.ca).toBe(false)
  })

  it('allows both sides of TLS by default and leaves the extension out for an empty list', async () => {
    const ca = await createCa()
    const usual = new X509Certificate((await ca.issue({ commonName: 'a' })).certificate)
    const bare = new X509Certificate((await ca.issue({ commonName: 'b', extendedKeyUsage: [] })).certificate)
    expect(usual.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'])
    expect(bare.keyUsage).toBeUndefined()
  })

  it('chains through intermediates, nearest first and the root last', async () => {
    const root = await createCa({ name: 'Root' })
    const outer = await root.createIntermediate('Outer')
    const inner = await outer.createIntermediate('Inner')
    const { certificate, chain } = await inner.issue({ commonName: 'client' })
    const path = [certificate, ...chain].map((pem) => new X509Certificate(pem))
    expect(path.map(({ subject }) => subject)).toEqual(['CN=client', 'CN=Inner', 'CN=Outer', 'CN=Root'])
    for (const [index, issuer] of path.slice(1).entries()) {
      expect(path[index]?.checkIssued(issuer) && path[index]?.verify(issuer.publicKey) && issuer.ca).toBe(true)
    }
  })
})
