import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { CheckedMapping, Mapping } from '../support/wire.ts'

interface Explanation {
  readonly serviceName: string | null
  readonly outcome: string
  readonly code: string | null
  readonly explanation: string
  readonly matchedBy: string | null
  readonly mapping: Mapping | null
  readonly certificate: { readonly id: number; readonly status: string } | null
  readonly targetAccess: { readonly verdict: string; readonly code: string | null; readonly explanation: string }
  readonly nearMisses: readonly { differences: readonly string[]; explanation: string; mapping: Mapping }[]
}

describe('mappings/explain', () => {
  let ca: TestCa
  let system: SharedSystem

  beforeAll(async () => {
    ca = await createCa()
    system = await sharedSystem()
  })

  afterAll(() => system?.stop())

  const ask = (tenant: Tenant, url: string, serviceName: string | number = 'IDP') =>
    tenant.api.json<Explanation>('POST', tenant.path('mappings/explain'), { serviceName, url })
  const askUnnamed = (tenant: Tenant, url: string) =>
    tenant.api.json<Explanation>('POST', tenant.path('mappings/explain'), { url })

  async function explained(tenant: Tenant, url: string, serviceName: string | number = 'IDP'): Promise<Explanation> {
    const { status, body } = await ask(tenant, url, serviceName)
    expect(status).toBe(200)
    for (const { explanation } of [body, ...body.nearMisses]) expectSentence(explanation)
    return body
  }

  it('names the mapping and the certificate of a call, and how it was found', async () => {
    const tenant = await system.newTenant()
    const { certificate, mapping } = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://a.example/x')
    const rest = { certificationId: certificate.id, serviceId: 'IDP' }
    const pattern = await tenant.map({ ...rest, url: 'https://*.example/*', name: 'wide' })
    expect(await explained(tenant, 'https://A.example:443/x')).toMatchObject({
      serviceName: 'IDP',
      serviceId: '1',
      url: 'https://a.example/x',
      outcome: 'certificate',
      code: null,
      matchedBy: 'exact',
      mapping,
      certificate: { id: certificate.id, status: 'Available' },
      nearMisses: [{ differences: ['shadowed'], mapping: pattern }],
    })
    const byPattern = await explained(tenant, 'https://b.example/x?y', 1)
    expect(byPattern).toMatchObject({ outcome: 'certificate', matchedBy: 'pattern', mapping: pattern, nearMisses: [] })
    expect(byPattern.explanation).toContain('https://*.example/*')
  })

  it('names what an unmapped call narrowly misses', async () => {
    const tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://a.example/x?q=1')
    const rest = { certificationId: certificate.id, enable: true }
    await tenant.map({ ...rest, serviceId: 'IDP', url: 'https://a.example/X', name: 'case' })
    await tenant.map({ ...rest, serviceId: 'IDP', url: 'https://a.example/x/', name: 'slash' })
    await tenant.map({ ...rest, serviceId: 'FAAS', url: 'https://a.example/x', name: 'service' })
    const explanation = await explained(tenant, 'https://a.example/x')
    expect(explanation).toMatchObject({
      outcome: 'unmapped',
      code: null,
      matchedBy: null,
      mapping: null,
      certificate: null,
    })
    const misses = explanation.nearMisses.map(({ mapping, differences }) => [mapping.name, ...differences])
    expect(misses).toEqual([
      ['m1', 'query'],
      ['case', 'case'],
      ['slash', 'trailing-slash'],
      ['service', 'service'],
    ])
  })

  it('explains a call that names no service by its only mapping, and else says which services there are', async () => {
    const tenant = await system.newTenant()
    const { certificate, mapping } = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://a.example/x')
    const only = await askUnnamed(tenant, 'https://a.example/x')
    expect(only.body).toMatchObject({ outcome: 'certificate', serviceName: 'IDP', serviceId: '1', mapping })
    const unmapped = await askUnnamed(tenant, 'https://a.example/y')
    expect(unmapped.body).toMatchObject({ outcome: 'unmapped', serviceName: null, serviceId: null })
    const also = { certificationId: certificate.id, serviceId: 'WEBHOOKS', url: 'https://a.example/*', name: 'm2' }
    await tenant.map(also)
    const several = await askUnnamed(tenant, 'https://a.example/x')
    expect(several.body).toMatchObject({
      outcome: 'error',
      code: 'SERVICE_NAME_MISSING',
      mapping: null,
      certificate: null,
      serviceName: null,
      nearMisses: [],
    })
    expectSentence(several.body.explanation)
    expect(several.body.explanation).toContain('IDP, WEBHOOKS')
  })

  it('says what becomes of an unmapped call in this account', async () => {
    const tenant = await system.newTenant()
    const settings = (unmappedCalls: string) => tenant.api.json('PUT', tenant.path('settings'), { unmappedCalls })
    const { explanation: plain } = await explained(tenant, 'https://a.example/x')
    expect(plain).toContain('goes out without a client certificate')
    await settings('refuse')
    const { explanation: refused } = await explained(tenant, 'https://a.example/x')
    expect(refused).toContain('this account refuses unmapped calls')
  })

  it('names why a mapped call fails, as a check of it says that it would', async () => {
    const tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://a.example/*')
    const off = { certificationId: certificate.id, serviceId: 'IDP', url: 'https://a.example/off/*', enable: false }
    const disabled = await tenant.map({ ...off, name: 'off' })
    const url = 'https://a.example/off/x'
    expect(await explained(tenant, url)).toMatchObject({
      outcome: 'error',
      code: 'MAPPING_DISABLED',
      mapping: disabled,
      nearMisses: [
        { differences: ['shadowed'], mapping: { name: 'm1' } },
        { differences: ['disabled'], mapping: disabled },
      ],
    })
    const caller = await tenant.newCaller()
    const entries = [{ serviceName: 'IDP', accountId: tenant.id, url }]
    const checked = await caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', entries)
    expect(checked.body).toMatchObject([{ doExist: false }])
  })

  it('says whether the gateway may connect to the target, mapped or not', async () => {
    const tenant = await system.newTenant()
    const onLoopback = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://localhost/x')
    await tenant.map({ ...onLoopback.mapping, id: undefined, url: 'https://10.0.0.1/x', name: 'm2' })
    const access = async (url: string) => (await explained(tenant, url)).targetAccess
    const refused = { verdict: 'refused', code: 'TARGET_ADDRESS_REFUSED' }
    expect(await access('https://10.0.0.1/x')).toMatchObject(refused)
    expect(await access('https://10.0.0.1/other')).toMatchObject(refused)
    const letThrough = { verdict: 'allowed', code: null }
    expect(await access('https://127.0.0.1:1234/')).toMatchObject(letThrough)
    expect(await access('https://localhost/x')).toMatchObject(letThrough)
  })

  it('looks no name up that nothing is mapped for', async () => {
    const tenant = await system.newTenant()
    const { targetAccess } = await explained(tenant, 'https://localhost/')
    expect(targetAccess).toMatchObject({ verdict: 'unknown', code: null })
    expectSentence(targetAccess.explanation)
  })

  it('changes nothing, and an account that is not there has no mapping', async () => {
    const tenant = await system.newTenant()
    const { mapping } = await tenant.onboard(await ca.issue({ commonName: 'c' }), 'https://a.example/')
    await explained(tenant, mapping.url)
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([mapping])
    expect(await explained(await system.newTenant(), mapping.url)).toMatchObject({
      outcome: 'unmapped',
      nearMisses: [],
    })
  })

  it('takes a token or an app key with mtls:read', async () => {
    const tenant = await system.newTenant()
    const body = { serviceName: 'IDP', url: 'https://a.example/' }
    const path = tenant.path('mappings/explain')
    const signed = system.toConfigApi({ oauth1: await tenant.newAppKey() })
    expect((await signed.json('POST', path, body)).status).toBe(200)
    const caller = system.toConfigApi({ oauth1: await tenant.newAppKey(['forward']) })
    expectProblem(await caller.json('POST', path, body), 403, 'SCOPE_MISSING')
    const reader = system.toConfigApi({ bearer: await system.token([tenant.id], ['mtls:read']) })
    expect((await reader.json('POST', path, body)).status).toBe(200)
    const writer = system.toConfigApi({ bearer: await system.token([tenant.id], ['mtls:write']) })
    expectProblem(await writer.json('POST', path, body), 403, 'SCOPE_MISSING')
  })

  it.each([
    [{ serviceName: 'NOBODY', url: 'https://a.example/' }, 'UNKNOWN_SERVICE'],
    [{ serviceName: 'IDP', url: 'http://a.example/' }, 'TARGET_URL_NOT_HTTPS'],
    [{ serviceName: 'IDP', url: 'https://*.example/' }, 'TARGET_URL_NOT_CANONICAL'],
    [{ serviceName: 'IDP' }, 'VALIDATION_FAILED'],
    [{ serviceName: 'IDP', url: 'https://a.example/', uri: '' }, 'VALIDATION_FAILED'],
  ])('refuses %j as %s', async (body, code) => {
    const tenant = await system.newTenant()
    expectProblem(await tenant.api.json('POST', tenant.path('mappings/explain'), body), 400, code)
  })
})
