import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { createCa, withTools } from '@mtls-gateway/test-kit'
import { certificateDetails } from '../src/index.ts'
import { selfSigned } from './support/openssl.ts'

withTools(describe, 'openssl')('the details of stored certificates', () => {
  const detailsWith = async (...extensions: readonly string[]) => {
    const args = extensions.flatMap((extension) => ['-addext', extension])
    const { certificate } = await selfSigned('prime256v1', args)
    return certificateDetails({ leaf: certificate, chain: [] })
  }

  it('have names of each kind, as a signing request takes them', async () => {
    const names = ['DNS:a.example', 'DNS:*.b.example', 'IP:192.0.2.1', 'IP:2001:db8::1', 'email:a@a.example']
    const others = ['URI:https://a.example/?b=c', 'RID:1.2.3.4']
    const { subjectAltNames } = await detailsWith(`subjectAltName=${[...names, ...others].join(',')}`)
    expect(subjectAltNames).toEqual([
      ...names.with(3, 'IP:2001:DB8:0:0:0:0:0:1'),
      'URI:https://a.example/?b=c',
      'Registered ID:1.2.3.4',
    ])
  })

  it('tell apart a name that looks like two', async () => {
    const { certificate } = await selfSigned('prime256v1', [
      '-addext',
      'subjectAltName=email:copy,DNS:real.example',
      '-subj',
      '/CN=x/emailAddress=a\\, DNS:invented.example\\"@b',
    ])
    expect(new X509Certificate(certificate).subjectAltName).toContain('DNS:invented.example')
    const { subjectAltNames } = certificateDetails({ leaf: certificate, chain: [] })
    expect(subjectAltNames).toEqual([
      expect.stringMatching(/^email:a.*, DNS:invented\.example.*@b$/),
      'DNS:real.example',
    ])
  })

  it('have usages by the names of RFC 5280, and others by OID', async () => {
    const every = 'digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,keyAgreement'
    const more = 'keyCertSign,cRLSign,encipherOnly,decipherOnly'
    const { keyUsage } = await detailsWith(`keyUsage=critical,${every},${more}`)
    expect(keyUsage).toEqual([...every.split(','), ...more.split(',')])
    const extended = 'serverAuth,clientAuth,codeSigning,emailProtection,timeStamping,OCSPSigning'
    const { extendedKeyUsage } = await detailsWith(`extendedKeyUsage=${extended},anyExtendedKeyUsage,1.2.3.4`)
    expect(extendedKeyUsage).toEqual([...extended.split(','), 'anyExtendedKeyUsage', '1.2.3.4'])
  })

  it('say nothing where the certificate says nothing', async () => {
    const { certificate } = await selfSigned('prime256v1')
    const details = certificateDetails({ leaf: certificate, chain: [] })
    expect(details).toMatchObject({ subjectAltNames: [], keyUsage: [], extendedKeyUsage: [], chain: [{}] })
  })

  it('have the chain, the leaf first', async () => {
    const ca = await (await createCa({ name: 'Root' })).createIntermediate('Issuing CA')
    const { certificate, chain, fingerprintSha256 } = await ca.issue({ commonName: 'client' })
    const details = certificateDetails({ leaf: certificate, chain })
    const notAfter = new X509Certificate(certificate).validToDate.toISOString()
    expect(details.chain).toMatchObject([
      { subject: 'CN=client', issuer: 'CN=Issuing CA', notAfter, fingerprintSha256 },
      { subject: 'CN=Issuing CA', issuer: 'CN=Root' },
      { subject: 'CN=Root', issuer: 'CN=Root' },
    ])
  })
})
