import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

let system: SharedSystem
let tenant: Tenant
let certificationId: number

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  const identity = await (await createCa()).issue({ commonName: 'mapped' })
  certificationId = (await tenant.saveCertificate('c1', identity)).id
})

afterAll(() => system?.stop())

const url = 'https://target.example/'
const notCanonical = [
  'https://target.example/a/../b',
  'https://target.example/a/./b',
  'https://target.example/a/%2e%2e/b',
  'https://target.example/a/%2E%2e',
  'https://target.example/%2e/b',
  'https://target.example\\a',
  'https://target.example/a\\b',
  'https://target.example/a\tb',
  'https://target.example/a\nb',
  'https://target.example/\u0000',
  'https://target.example/ü',
  'https://tärget.example/',
  'https://user@target.example/',
  'https://user:password@target.example/',
]
const nonsense = ['https://', 'https:///a', 'target.example/a', 'https://target.example:99999/']

describe('a mapping', () => {
  it.each([
    ...notCanonical.map((bad) => ({ change: { url: bad }, code: 'TARGET_URL_NOT_CANONICAL' })),
    { change: { url: 'http://target.example/' }, code: 'TARGET_URL_NOT_HTTPS' },
    { change: { url: 'ftp://target.example/' }, code: 'TARGET_URL_NOT_HTTPS' },
    { change: { serviceId: 'NOBODY' }, code: 'UNKNOWN_SERVICE' },
    { change: { serviceId: 99 }, code: 'UNKNOWN_SERVICE' },
    { change: { serviceId: '__proto__' }, code: 'UNKNOWN_SERVICE' },
    { change: { siteId: 'other' }, code: 'SITE_ID_MISMATCH' },
    { change: { name: '' }, code: 'VALIDATION_FAILED' },
    { change: { name: 'a\u0000b' }, code: 'VALIDATION_FAILED' },
    { change: { url: 7 }, code: 'VALIDATION_FAILED' },
    { change: { enable: 'yes' }, code: 'VALIDATION_FAILED' },
    { change: { certificationId: 'abc' }, code: 'VALIDATION_FAILED' },
  ])('with $change is refused as $code, and nothing is stored', async ({ change, code }) => {
    const mapping = { certificationId, serviceId: 'IDP', enable: true, url, name: 'm1', ...change }
    const refused = await tenant.api.json<{ detail: string }>('POST', tenant.path('mappings'), [mapping])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain(`"code":"${code}"`)
    expectSentence(refused.body.detail)
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([])
  })

  it.each(nonsense)('to %j is refused, and nothing is stored', async (bad) => {
    const mapping = { certificationId, serviceId: 'IDP', enable: true, url: bad, name: 'm1' }
    const refused = await tenant.api.json('POST', tenant.path('mappings'), [mapping])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(/"code":"TARGET_URL_NOT_(CANONICAL|HTTPS)"/)
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([])
  })

  it.each(['certificationId', 'serviceId', 'url', 'name'])('without %s is refused', async (field) => {
    const mapping = { certificationId, serviceId: 'IDP', enable: true, url, name: 'm1', [field]: undefined }
    const refused = await tenant.api.json('POST', tenant.path('mappings'), [mapping])
    expectProblem(refused, 400, 'VALIDATION_FAILED')
    expect(JSON.stringify(refused.body)).toContain(field)
  })

  it('that is changed needs its id', async () => {
    const mapping = { certificationId, serviceId: 'IDP', enable: true, url, name: 'm1' }
    const refused = await tenant.api.json('PUT', tenant.path('mappings'), [mapping])
    expect(refused.status).toBe(400)
    const unknown = await tenant.api.json('PUT', tenant.path('mappings'), [{ ...mapping, id: 4711 }])
    expect(unknown.status).toBe(404)
    expect(JSON.stringify(unknown.body)).toContain('MAPPING_NOT_FOUND')
  })
})
