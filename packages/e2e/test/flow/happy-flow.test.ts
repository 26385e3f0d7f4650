import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type EchoedRequest, makePkcs12, type TestTarget } from '@mtls-gateway/test-kit'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'
import type { CheckedMapping, Mapping, SaveResult } from '../support/wire.ts'

describe('the happy flow', () => {
  let target: TestTarget
  let system: SharedSystem

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const byPath = [
    { path: 'mappings', mappingsPath: (id: string) => `/mtls/account/${id}/mappings` },
    { path: 'ac-common', mappingsPath: (id: string) => `/api/account/${id}/configuration/ac-common/mtls?v=3.0` },
  ]

  it.each(byPath)('goes from a P12 in JSON to a forwarded call, mapped at $path', async ({ mappingsPath }) => {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'brand' })
    const p12 = [...makePkcs12({ identity, password: 'secret' })]
    const saved = await tenant.api.json<SaveResult>('POST', tenant.path('certificates'), [
      { name: 'c1', p12, password: 'secret' },
    ])
    expect(saved.status).toBe(201)
    expect(saved.body.failedSaveToVaultCertificates).toEqual([])

    const url = `${target.url}/hook?x=1`
    const mapped = await tenant.api.json<Mapping[]>('POST', mappingsPath(tenant.id), [
      {
        certificationId: saved.body.successfulySavedCertificates[0]?.id,
        serviceId: '1',
        enable: true,
        url,
        siteId: tenant.id,
        name: 'm1',
        deleted: false,
      },
    ])
    expect(mapped.status).toBe(201)

    const caller = await tenant.newCaller(['forward', 'mtls:read'])
    const entry = { serviceName: 'IDP', accountId: tenant.id, url }
    const first = await caller.json('POST', '/mtls/mapping?v=1', [entry])
    expect(first).toMatchObject({
      status: 200,
      body: { [`CertificateMappingParamters{serviceName='IDP', accountId='${tenant.id}', url='${url}'}`]: true },
    })
    const second = await caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry])
    expect(second).toMatchObject({ status: 200, body: [{ ...entry, doExist: true }] })

    const forwarded = await caller.json<EchoedRequest>('POST', tenant.forwardPath, { hello: 'target' }, lp(url))
    expect(forwarded.status).toBe(200)
    expect(forwarded.body).toMatchObject({ method: 'POST', url: '/hook?x=1', body: '{"hello":"target"}' })
    expect(forwarded.body.clientCertificate?.fingerprint256).toBe(identity.fingerprintSha256)
  })

  it('goes from a P12 by file to a forwarded call', async () => {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'brand by file' })
    const content = makePkcs12({ identity, password: 'secret' })
    const certificate = JSON.stringify({ name: 'c1', password: 'secret' })
    const saved = await tenant.api.multipart<SaveResult>(
      'POST',
      tenant.path('certificates/by-file'),
      { certificate },
      { file: { fileName: 'brand.p12', content } },
    )
    expect(saved.status).toBe(201)
    const [stored] = saved.body.successfulySavedCertificates
    await tenant.map({ certificationId: stored?.id ?? 0, serviceId: 'WEBHOOKS', url: `${target.url}/`, name: 'm1' })

    const caller = await tenant.newCaller()
    const headers = lp(`${target.url}/`, 'WEBHOOKS')
    const forwarded = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
    expect(forwarded.status).toBe(200)
    expect(forwarded.body.clientCertificate?.commonName).toBe('brand by file')
  })
})
