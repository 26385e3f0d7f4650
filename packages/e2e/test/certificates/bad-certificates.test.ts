import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, makePkcs12, type TestCa } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { certificateOnly, expired, mismatched } from '../support/key-material.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { expectEmpty } from '../support/untouched.ts'
import type { SaveResult } from '../support/wire.ts'

let ca: TestCa
let system: SharedSystem

beforeAll(async () => {
  ca = await createCa()
  system = await sharedSystem()
})

afterAll(() => system?.stop())

const good = async () => makePkcs12({ identity: await ca.issue({ commonName: 'good' }), password: 'secret' })
const p12 = async (identity: Parameters<typeof makePkcs12>[0]['identity']) =>
  makePkcs12({ identity, password: 'secret' })

const unusable = [
  { what: 'a wrong password', content: good, password: 'wrong', code: 'P12_WRONG_PASSWORD' },
  { what: 'text', content: async () => Buffer.from('not a p12'), password: 'secret', code: 'NOT_A_PKCS12' },
  { what: 'a certificate without key', content: certificateOnly, password: 'secret', code: 'P12_NO_PRIVATE_KEY' },
  {
    what: 'the key of another certificate',
    content: async () => p12(await mismatched(ca)),
    password: 'secret',
    code: 'KEY_CERTIFICATE_MISMATCH',
  },
  {
    what: 'an expired certificate',
    content: async () => p12(await expired(ca)),
    password: 'secret',
    code: 'CERTIFICATE_EXPIRED',
  },
]

describe.each(unusable)('a P12 with $what', ({ content, password, code }) => {
  const ways = {
    JSON: async (tenant: Tenant) => {
      const entry = { name: 'c1', p12: Buffer.from(await content()).toString('base64'), password }
      return tenant.api.json<SaveResult>('POST', tenant.path('certificates'), [entry])
    },
    file: async (tenant: Tenant) => {
      const certificate = JSON.stringify({ name: 'c1', password })
      const file = { fileName: 'c1.p12', content: await content() }
      return tenant.api.multipart<SaveResult>('POST', tenant.path('certificates/by-file'), { certificate }, { file })
    },
  }

  it.each(['JSON', 'file'] as const)(`sent by %s is refused as ${code}, and nothing is stored`, async (way) => {
    const tenant = await system.newTenant()
    const refused = await ways[way](tenant)
    expect(refused.status).toBe(422)
    expect(refused.body.failedSaveToVaultCertificates).toMatchObject([{ name: 'c1', code }])
    expectSentence(refused.body.failedSaveToVaultCertificates[0]?.reason)
    await expectEmpty(tenant)
  })

  it('leaves the certificate that it should replace as it was', async () => {
    const tenant = await system.newTenant()
    const before = await tenant.saveCertificate('c1', await ca.issue({ commonName: 'kept' }))
    const entry = { id: before.id, name: 'c1', p12: Buffer.from(await content()).toString('base64'), password }
    const refused = await tenant.api.json<SaveResult>('PUT', tenant.path('certificates'), [entry])
    expect(refused.status).toBe(422)
    expect((await tenant.api.json('GET', tenant.path('certificates'))).body).toEqual([before])
  })
})

describe('a certificate entry', () => {
  it.each([
    { what: 'no name', entry: { p12: 'AAAA', password: 'x' } },
    { what: 'an empty name', entry: { name: '', p12: 'AAAA', password: 'x' } },
    { what: 'a control character in the name', entry: { name: 'a\u0007b', p12: 'AAAA', password: 'x' } },
    { what: 'a number as name', entry: { name: 5, p12: 'AAAA', password: 'x' } },
    { what: 'no P12', entry: { name: 'c1', password: 'x' } },
    { what: 'a P12 that is no base64', entry: { name: 'c1', p12: '%%%', password: 'x' } },
    { what: 'a byte above 255', entry: { name: 'c1', p12: [256], password: 'x' } },
    { what: 'a byte below -128', entry: { name: 'c1', p12: [-129], password: 'x' } },
    { what: 'half a byte', entry: { name: 'c1', p12: [1.5], password: 'x' } },
    { what: 'a password that is no text', entry: { name: 'c1', p12: 'AAAA', password: {} } },
    { what: 'null', entry: null },
  ])('with $what is refused, and nothing is stored', async ({ entry }) => {
    const tenant = await system.newTenant()
    const refused = await tenant.api.json('POST', tenant.path('certificates'), [entry])
    expectProblem(refused, 400, 'VALIDATION_FAILED')
    await expectEmpty(tenant)
  })
})
