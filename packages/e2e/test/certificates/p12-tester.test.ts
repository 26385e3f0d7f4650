import { createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiFile, createCa, makePkcs12, type TestCa, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence, problemOf } from '../support/expect-problem.ts'
import { certificateOnly, expired, mismatched } from '../support/key-material.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { ReportedProblem, TestReport } from '../support/wire.ts'

let ca: TestCa
let target: TestTarget
let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  ca = await createCa({ name: 'Brand CA' })
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

function test<T>(content: Uint8Array, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const file = { fileName: 'test.p12', content }
  return tenant.api.multipart<T>('POST', tenant.path('p12-test/multipart'), fields, { file }, headers)
}

describe('the P12 key tester', () => {
  it('reports on a file that works', async () => {
    const intermediate = await ca.createIntermediate('Brand intermediate')
    const identity = await intermediate.issue({ commonName: 'brand', keyType: 'RSA-2048' })
    const content = makePkcs12({ identity, password: 'secret', friendlyName: 'brand key' })
    const { status, body } = await test<TestReport>(content, { password: 'secret' })
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        readable: true,
        readBy: expect.any(String),
        container: { mac: expect.any(String), cipher: expect.any(String), iterations: 2048 },
        keys: [{ type: expect.stringContaining('RSA'), size: 2048, alias: 'brand key' }],
        keyMatchesCertificate: true,
        javaCompliant: true,
        readableByJava: expect.arrayContaining(['8u301', '11', '17', '21']),
        problems: expect.any(Array),
        call: null,
      },
    })
    expect(body.chain.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('brand'),
      expect.stringContaining('Brand intermediate'),
      expect.stringContaining('Brand CA'),
    ])
    expect(body.chain[0]).toMatchObject({ issuer: expect.stringContaining('Brand intermediate') })
    expect(new Date(body.chain[0]?.notAfter ?? '').getTime()).toBeGreaterThan(Date.now())
    expect(body.problems.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  const identity = (commonName: string) => ca.issue({ commonName })
  const p12 = async (of: ReturnType<typeof identity>) => makePkcs12({ identity: await of, password: 'secret' })
  it.each([
    { what: 'a wrong password', code: 'P12_WRONG_PASSWORD', content: () => p12(identity('x')), password: 'wrong' },
    { what: 'something else', code: 'NOT_A_PKCS12', content: async () => Buffer.from('hello'), password: 'secret' },
    { what: 'a certificate only', code: 'P12_NO_PRIVATE_KEY', content: certificateOnly, password: 'secret' },
    { what: 'a foreign key', code: 'KEY_CERTIFICATE_MISMATCH', content: () => p12(mismatched(ca)), password: 'secret' },
    { what: 'a past date', code: 'CERTIFICATE_EXPIRED', content: () => p12(expired(ca)), password: 'secret' },
  ])('answers 422 to $what, and says what to do', async ({ code, content, password }) => {
    const refused = await test<{ problems: ReportedProblem[] }>(await content(), { password })
    expectProblem(refused, 422, code)
    const errors = refused.body.problems.filter(({ severity }) => severity === 'error')
    expect(errors).toContainEqual(expect.objectContaining({ code }))
    for (const { message, fix } of errors) {
      expectSentence(message)
      expect(fix.length).toBeGreaterThan(10)
    }
  })

  const testPem = <T>(fields: Record<string, string>, files: Record<string, ApiFile> = {}, headers = {}) =>
    tenant.api.multipart<T>('POST', tenant.path('p12-test/multipart'), fields, files, headers)

  it('takes PEM, as text or as files, and reports on it as on a file', async () => {
    const { certificate, chain, privateKey } = await (await ca.createIntermediate('PEM issuer')).issue({
      commonName: 'pem',
    })
    const content = (pem: string) => ({ fileName: 'x.pem', content: Buffer.from(pem) })
    const byText = await testPem<TestReport>({ certificate: certificate + chain.join(''), privateKey })
    expect(byText).toMatchObject({
      status: 200,
      body: { readable: true, readBy: 'node:crypto', container: null, keyMatchesCertificate: true, call: null },
    })
    expect(byText.body.chain.map(({ subject }) => subject)).toEqual(['CN=pem', 'CN=PEM issuer', 'CN=Brand CA'])
    const files = { certificate: content(certificate + chain.join('')), privateKey: content(privateKey) }
    expect((await testPem<TestReport>({}, files)).body).toEqual(byText.body)
    const text = await testPem<string>({}, files, { accept: 'text/plain' })
    expect(text.body).toMatch(/^Chain +1\. CN=pem$/m)
  })

  it('opens an encrypted key by its passphrase, and refuses as an upload does', async () => {
    const { certificate, privateKey } = await ca.issue({ commonName: 'encrypted' })
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' } as const
    const encrypted = createPrivateKey(privateKey).export(cipher).toString()
    const sent = { certificate, privateKey: encrypted }
    expect(await testPem({ ...sent, passphrase: 'correct horse' })).toMatchObject({ status: 200 })
    for (const { passphrase, code } of [
      { passphrase: {}, code: 'P12_PASSWORD_REQUIRED' },
      { passphrase: { passphrase: 'wrong' }, code: 'P12_WRONG_PASSWORD' },
    ]) {
      const refused = await testPem<{ problems: ReportedProblem[] }>({ ...sent, ...passphrase })
      expectProblem(refused, 422, code)
      const body = [{ name: 'refused', ...sent, ...passphrase }]
      const upload = await tenant.api.json<{ problems: ReportedProblem[] }>('POST', tenant.path('certificates'), body)
      expect(refused.body.problems).toEqual(upload.body.problems)
    }
  })

  it('refuses a mixture of file and PEM, half of it, and too much of it', async () => {
    const identity = await ca.issue({ commonName: 'mixed' })
    const { certificate, privateKey } = identity
    const file = { fileName: 'a.p12', content: makePkcs12({ identity, password: 'secret' }) }
    expectProblem(
      await testPem({ certificate, privateKey, password: 'secret' }, { file }),
      400,
      'KEY_MATERIAL_EXPECTED',
    )
    for (const half of [{ certificate }, { privateKey }, {}]) {
      expectProblem(await testPem({ ...half, passphrase: '' }), 400, 'KEY_MATERIAL_EXPECTED')
    }
    const large = 'x'.repeat(256 * 1024 + 1)
    const asFile = { privateKey: { fileName: 'key.pem', content: Buffer.from(large) } }
    for (const refused of [await testPem({ certificate, privateKey: large }), await testPem({ certificate }, asFile)]) {
      expect(expectProblem(refused, 400, 'LIMIT_EXCEEDED')).toMatchObject({
        detail: expect.stringMatching(/privateKey/),
      })
    }
  })

  it('stores nothing', async () => {
    await test(await p12(identity('stored')), { password: 'secret' })
    expect((await tenant.api.json('GET', tenant.path('certificates'))).body).toEqual([])
  })
})

describe('the P12 key tester with LP-forward-url', () => {
  it('calls the target with the certificate and reports the answer', async () => {
    const identity = await target.clientCa.issue({ commonName: 'called' })
    target.clear()
    const report = await test<TestReport>(
      makePkcs12({ identity, password: 'secret' }),
      { password: 'secret', body: '<hello/>' },
      {
        'LP-forward-url': `${target.url}/hook?a=1`,
        'LP-method-override': 'PUT',
        'LP-authorization-override': 'Basic dGFyZ2V0',
        'LP-content-type-override': 'application/xml',
      },
    )
    expect(report.status).toBe(200)
    expect(target.seen).toMatchObject([
      { method: 'PUT', url: '/hook?a=1', clientCertificate: { fingerprint256: identity.fingerprintSha256 } },
    ])
    // The target echoes the request: what it got is in the call's body.
    const call = JSON.stringify(report.body.call)
    for (const echoed of ['<hello/>', 'Basic dGFyZ2V0', 'application/xml']) expect(call).toContain(echoed)
    expect(report.body.call).toMatchObject({
      handshake: {
        protocol: 'TLSv1.3',
        authorized: true,
        clientCertificateRequested: true,
        acceptableIssuers: ['CN=Client CA'],
        chainAcceptable: true,
        alert: null,
      },
    })
  })

  it('verifies the target by targetTrust, and says which issuer is none of the CAs given', async () => {
    const identity = await target.clientCa.issue({ commonName: 'trusting' })
    const targetTrust = JSON.stringify({ caCertificates: ca.certificate })
    const headers = { 'LP-forward-url': `${target.url}/` }
    const fields = { password: 'secret', targetTrust }
    const { body } = await test<TestReport>(makePkcs12({ identity, password: 'secret' }), fields, headers)
    expect(body.call).toMatchObject({
      clientCertificate: 'unknown',
      error: { message: expect.stringContaining('is none of those given in targetTrust.caCertificates') },
    })
    for (const [malformed, field] of [
      ['{"caCertificate":""}', 'targetTrust'],
      ['[]', 'targetTrust'],
      ['{"spkiPins":[1]}', 'targetTrust.spkiPins.0'],
      ['{"caCertificates":1}', 'targetTrust.caCertificates'],
    ] as const) {
      const parts = { password: 'secret', targetTrust: malformed }
      const refused = await test(makePkcs12({ identity, password: 'secret' }), parts, headers)
      expectProblem(refused, 400, 'VALIDATION_FAILED')
      expect(problemOf(refused).errors).toMatchObject([{ field }])
    }
  })

  it('says in words that the chain comes from no issuer that the target accepts', async () => {
    const content = makePkcs12({ identity: await ca.issue({ commonName: 'stranger' }), password: 'secret' })
    const headers = { 'LP-forward-url': `${target.url}/`, accept: 'text/plain' }
    const { body } = await test<string>(content, { password: 'secret' }, headers)
    expect(body).toContain('asked for, but no certificate of the chain comes from an issuer that the target names')
    expect(body).toContain('accepts      CN=Client CA')
  })

  it('reports a call that fails, with code and sentence', async () => {
    const stranger = await ca.issue({ commonName: 'stranger' })
    const content = makePkcs12({ identity: stranger, password: 'secret' })
    target.clear()
    const report = await test(content, { password: 'secret' }, { 'LP-forward-url': `${target.url}/` })
    expect([200, 422]).toContain(report.status)
    expect(JSON.stringify(report.body)).toMatch(/"code":"[A-Z_]+"/)
    expect(target.seen).toEqual([])
  })

  it.each([
    { what: 'an http url', url: 'http://target.example/', code: 'TARGET_URL_NOT_HTTPS' },
    { what: 'dot segments', url: 'https://target.example/a/../b', code: 'TARGET_URL_NOT_CANONICAL' },
  ])('refuses $what', async ({ url, code }) => {
    const content = makePkcs12({ identity: await ca.issue({ commonName: 'x' }), password: 'secret' })
    expectProblem(await test(content, { password: 'secret' }, { 'LP-forward-url': url }), 400, code)
  })
})
