import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { type RequestKeyType, requestKeyTypes } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { createCa, type TestCa, withTools } from '@mtls-gateway/test-kit'
import * as x509 from '@peculiar/x509'
import { KeyMaterialPool, type RequestSpec } from '../src/index.ts'
import { openssl } from './support/openssl.ts'

let pool: KeyMaterialPool
let ca: TestCa

beforeAll(async () => {
  pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
  ca = await createCa()
})
afterAll(() => pool.close())

const specOf = (keyType: RequestKeyType): RequestSpec => ({
  keyType,
  subject: { CN: 'client, the "first"', O: 'Müller & Söhne', C: 'DE' },
  subjectAltNames: [
    { type: 'dns', value: 'client.example' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'email', value: 'ops@client.example' },
    { type: 'url', value: 'spiffe://client.example/one' },
  ],
})

describe('a signing request', () => {
  it.each(requestKeyTypes)('with a %s key becomes a certificate of that key, subject and names', async (keyType) => {
    const request = await pool.makeRequest('one', specOf(keyType))
    const signed = await ca.signRequest(request.csr)
    const certificates = [...signed.chain, signed.certificate].join('')
    const { report, chain } = await pool.examineSigned('one', { certificates, spkiSha256: request.spkiSha256 })
    expect(report.problems.filter(({ code }) => code !== 'JAVA_CANNOT_USE_KEY')).toEqual([])
    expect(chain).toMatchObject({ leaf: signed.certificate, chain: signed.chain })
    expect(chain?.facts).toMatchObject({
      keyType,
      clientAuth: 'present',
      spkiSha256: request.spkiSha256,
      fingerprintSha256: signed.fingerprintSha256,
    })
    expect(request.subject).toBe(chain?.facts.subject)

    const leaf = new X509Certificate(signed.certificate)
    expect(leaf.checkPrivateKey(createPrivateKey(request.privateKey))).toBe(true)
    expect(leaf.subject).toBe('C=DE\nO=Müller & Söhne\nCN=client\\, the \\"first\\"')
    expect(leaf.subjectAltName).toBe(
      'DNS:client.example, IP Address:192.0.2.1, email:ops@client.example, URI:spiffe://client.example/one',
    )
    const spki = createPublicKey(request.privateKey).export({ type: 'spki', format: 'der' })
    expect(createHash('sha256').update(spki).digest('base64url')).toBe(request.spkiSha256)
  })

  it('that renews a certificate has its subject and its names, byte by byte, unless others are asked for', async () => {
    const first = await ca.signRequest((await pool.makeRequest('one', specOf('EC-P256'))).csr)
    const renewed = first.certificate
    const spec = { keyType: 'EC-P256', renewed } as const
    const again = await pool.makeRequest('one', spec)
    const namesOf = (pem: string) => new x509.X509Certificate(pem).subjectName.toArrayBuffer()
    const signed = await ca.signRequest(again.csr)
    expect(Buffer.from(namesOf(signed.certificate))).toEqual(Buffer.from(namesOf(renewed)))
    expect(new X509Certificate(signed.certificate).subjectAltName).toBe(new X509Certificate(renewed).subjectAltName)
    expect(again.subject).toBe('CN=client\\, the \\"first\\", O=Müller & Söhne, C=DE')

    const other = await pool.makeRequest('one', { ...spec, subject: { CN: 'other' }, subjectAltNames: [] })
    const otherLeaf = new X509Certificate((await ca.signRequest(other.csr)).certificate)
    expect([otherLeaf.subject, otherLeaf.subjectAltName]).toEqual(['CN=other', undefined])
  })

  it('has another key each time', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => pool.makeRequest('one', specOf('EC-P256'))))
    expect(one?.privateKey).not.toBe(other?.privateKey)
  })
})

withTools(describe, 'openssl')('OpenSSL', () => {
  it.each(['RSA-2048', 'EC-P384', 'Ed25519'] as const)('takes a request with a %s key', async (keyType) => {
    const { csr } = await pool.makeRequest('one', specOf(keyType))
    const text = (
      await openssl(['req', '-in', 'client.csr', '-noout', '-verify', '-text'], { 'client.csr': csr })
    ).toString()
    expect(text).toContain('TLS Web Client Authentication')
    expect(text).toContain('DNS:client.example')
  })
})
