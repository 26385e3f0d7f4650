import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { createCa } from '@mtls-gateway/test-kit'
import { type AccountCa, makeCa } from '../src/account-ca/make-ca.ts'
import { signRequest } from '../src/account-ca/sign-request.ts'
import { certificateDetails, KeyMaterialPool } from '../src/index.ts'
import { makeRequest } from '../src/signing-request/make-request.ts'

let ca: AccountCa

beforeAll(async () => {
  ca = await makeCa('Client CA of le123')
})

describe('the CA of an account', () => {
  it('is made in a child, for ten years, and signs there', async () => {
    const pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    const { certificate } = await pool.makeCa('le123', 'Client CA of le123')
    const { csr } = await pool.makeRequest('le123', {
      keyType: 'EC-P256',
      subject: { CN: 'client' },
      subjectAltNames: [],
    })
    const leaf = await pool.signRequest('le123', ca, { csr, lifetimeSeconds: 60 })
    const unsigned = pool.signRequest('le123', ca, { csr: certificate, lifetimeSeconds: 60 })
    await expect(unsigned).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await pool.close()
    expect(new X509Certificate(leaf).checkIssued(new X509Certificate(ca.certificate))).toBe(true)
    const x509 = new X509Certificate(certificate)
    expect(x509.ca).toBe(true)
    expect(x509.verify(x509.publicKey)).toBe(true)
    expect(x509.validToDate.getUTCFullYear() - new Date().getUTCFullYear()).toBe(10)
  })

  it.each(['EC-P256', 'EC-P384', 'RSA-2048', 'Ed25519'] as const)('signs for clients: %s', async (keyType) => {
    const subjectAltNames = [{ type: 'dns', value: 'client.example' }] as const
    const { csr } = await makeRequest({ keyType, subject: { O: 'Acme', CN: 'client' }, subjectAltNames })
    const leaf = await signRequest(ca, { csr, lifetimeSeconds: 3_600 })
    const x509 = new X509Certificate(leaf)
    expect(x509.checkIssued(new X509Certificate(ca.certificate))).toBe(true)
    expect(x509.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true)
    expect(x509.ca).toBe(false)
    expect(x509.subject).toBe('O=Acme\nCN=client')
    expect(Math.round((x509.validToDate.getTime() - Date.now()) / 60_000)).toBe(60)
    expect(certificateDetails({ leaf, chain: [] })).toMatchObject({
      subjectAltNames: ['DNS:client.example'],
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: ['clientAuth'],
    })
  })

  it('refuses what is no signing request', async () => {
    const { certificate } = await createCa()
    for (const csr of ['', 'x', certificate]) {
      await expect(signRequest(ca, { csr, lifetimeSeconds: 60 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    }
  })
})
