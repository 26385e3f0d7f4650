import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, type Tenant } from '../support/tenant.ts'
import { expectEmpty } from '../support/untouched.ts'
import type { Certificate, Mapping, SaveResult } from '../support/wire.ts'

let ca: TestCa
let identity: IssuedCertificate
let system: SharedSystem

beforeAll(async () => {
  ca = await createCa()
  identity = await ca.issue({ commonName: 'limits' })
  system = await sharedSystem()
})

afterAll(() => system?.stop())

function expectLimit(response: Parameters<typeof expectProblem>[0], field: string, limit: number) {
  expectProblem(response, 400, 'LIMIT_EXCEEDED')
  const text = JSON.stringify(response.body)
  expect(text).toContain(field)
  expect(text.replaceAll(/(?<=\d)[,_ ](?=\d{3})/g, '')).toContain(String(limit))
}

const save = (tenant: Tenant, body: unknown) => tenant.api.json<SaveResult>('POST', tenant.path('certificates'), body)

describe('the limit of', () => {
  it('a name is 128 characters, not bytes', async () => {
    const tenant = await system.newTenant()
    expectLimit(await save(tenant, [certificateEntry('é'.repeat(129), identity)]), 'name', 128)
    await expectEmpty(tenant)
    expect((await save(tenant, [certificateEntry('é'.repeat(128), identity)])).status).toBe(201)
  })

  it('a password is 1,024 characters', async () => {
    const tenant = await system.newTenant()
    const entry = { ...certificateEntry('c1', identity), password: 'x'.repeat(1_025) }
    expectLimit(await save(tenant, [entry]), 'password', 1_024)
    await expectEmpty(tenant)
    const fitting = certificateEntry('c1', identity, 'x'.repeat(1_024))
    expect((await save(tenant, [fitting])).status).toBe(201)
  })

  it('a P12 is 256 KiB, by JSON', async () => {
    const tenant = await system.newTenant()
    const [atLimit, above] = [256 * 1024, 256 * 1024 + 1].map((bytes) => Buffer.alloc(bytes).toString('base64'))
    expectLimit(await save(tenant, [{ name: 'c1', p12: above, password: 'x' }]), 'p12', 256 * 1024)
    const refused = await save(tenant, [{ name: 'c1', p12: atLimit, password: 'x' }])
    expect(refused).toMatchObject({ body: { failedSaveToVaultCertificates: [{ code: 'NOT_A_PKCS12' }] } })
    await expectEmpty(tenant)
  })

  it.each(['certificates/by-file', 'p12-test/multipart'])('a P12 is 256 KiB, by file to %s', async (below) => {
    const tenant = await system.newTenant()
    const fields = { certificate: JSON.stringify({ name: 'c1', password: 'x' }), password: 'x' }
    const { certificate, password } = fields
    const file = { fileName: 'big.p12', content: Buffer.alloc(256 * 1024 + 1) }
    const sent = below.startsWith('p12') ? { password } : { certificate }
    expectLimit(await tenant.api.multipart('POST', tenant.path(below), sent, { file }), 'file', 256 * 1024)
    await expectEmpty(tenant)
  })

  it('the text of a form is 3 MiB, whatever its parts', async () => {
    const tenant = await system.newTenant()
    const text = 'x'.repeat(900 * 1024)
    const fields = { certificate: text, privateKey: text, passphrase: text, body: text }
    const refused = await tenant.api.multipart('POST', tenant.path('p12-test/multipart'), fields, {})
    expectLimit(refused, 'body', 3 * 1024 * 1024)
  })

  it('a P12 is 256 KiB, also where its last byte comes late', async () => {
    const tenant = await system.newTenant()
    const boundary = 'late-last-byte'
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.p12"\r\n\r\n`
    async function* body() {
      yield head
      yield Buffer.alloc(256 * 1024)
      await setTimeout(200)
      yield `x\r\n--${boundary}--\r\n`
    }
    const { status, body: answer } = await tenant.api.raw({
      method: 'POST',
      path: tenant.path('p12-test/multipart'),
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: Readable.from(body()),
    })
    expect({ status, code: JSON.parse(answer.toString()).code }).toEqual({ status: 400, code: 'LIMIT_EXCEEDED' })
  })

  it('a chain is 10 certificates', async () => {
    const tenant = await system.newTenant()
    let issuer = ca
    for (let depth = 1; depth <= 8; depth++) issuer = await issuer.createIntermediate(`intermediate ${depth}`)
    const fitting = await issuer.issue({ commonName: 'ten with the root' })
    const tooLong = await (await issuer.createIntermediate('one more')).issue({ commonName: 'eleven' })
    const refused = await save(tenant, [certificateEntry('c1', tooLong)])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain('LIMIT_EXCEEDED')
    await expectEmpty(tenant)
    expect((await save(tenant, [certificateEntry('c1', fitting)])).status).toBe(201)
  })

  it('a request is 100 certificates', async () => {
    const tenant = await system.newTenant()
    const { p12, password } = certificateEntry('', identity)
    const entries = Array.from({ length: 101 }, (_, index) => ({ name: `c${index}`, p12, password }))
    expectLimit(await save(tenant, entries), '', 100)
    await expectEmpty(tenant)
    const saved = await save(tenant, entries.slice(1))
    expect(saved.status).toBe(201)
    expect(saved.body.successfulySavedCertificates).toHaveLength(100)
    const list = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(list.body).toHaveLength(100)
  })

  it('a request is 1,000 mappings, a url 2,048 bytes', async () => {
    const tenant = await system.newTenant()
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    const mapping = (index: number, url = `https://target.example/${index}`) => {
      return { certificationId, serviceId: 'IDP', enable: true, url, name: `m${index}` }
    }
    const map = (body: unknown) => tenant.api.json<Mapping[]>('POST', tenant.path('mappings'), body)
    const entries = Array.from({ length: 1_001 }, (_, index) => mapping(index))
    expectLimit(await map(entries), '', 1_000)
    const base = 'https://target.example/'
    expectLimit(await map([mapping(0, base.padEnd(2_049, 'a'))]), 'url', 2_048)
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([])
    expect((await map([mapping(0, base.padEnd(2_048, 'a'))])).status).toBe(201)
    const made = await map(entries.slice(1))
    expect(made.status).toBe(201)
    expect(made.body).toHaveLength(1_000)
    expect((await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body).toHaveLength(1_001)
  })

  it.each([
    ['targetAuth.parameters', 20, (parameters: object) => ({ targetAuth: { type: 'oauth2', parameters } })],
    [
      'messageSignature.protectedHeader',
      10,
      (protectedHeader: object) => ({ messageSignature: { scheme: 'jws', protectedHeader } }),
    ],
  ])('%s is %i members, in a mapping and in a document', async (field, limit, mappingWith) => {
    const tenant = await system.newTenant()
    const m1 = mappingWith(Object.fromEntries(Array.from({ length: limit + 1 }, (_, at) => [`p${at}`, ''])))
    expectLimit(await tenant.api.json('POST', tenant.path('mappings'), [{ name: 'm1', ...m1 }]), field, limit)
    const declared = await tenant.api.json('PUT', tenant.path('document'), { mappings: { m1 } })
    expect(expectProblem(declared, 400, 'DOCUMENT_FAULTY').errors).toMatchObject([
      { field: `mappings.m1.${field}`, code: 'LIMIT_EXCEEDED' },
    ])
  })

  it('an account is 50 app keys, a label 128 characters', async () => {
    const tenant = await system.newTenant()
    const create = (label: string) => tenant.api.json('POST', tenant.path('app-keys'), { label })
    expectLimit(await create('x'.repeat(129)), 'label', 128)
    for (let count = 1; count <= 50; count++) expect((await create(`key ${count}`)).status).toBe(201)
    const refused = await create('one more')
    expectProblem(refused, 409, 'TOO_MANY_APP_KEYS')
    expect(refused.body).toMatchObject({ limit: 50 })
    expect((await tenant.api.json<unknown[]>('GET', tenant.path('app-keys'))).body).toHaveLength(50)
  })
})
