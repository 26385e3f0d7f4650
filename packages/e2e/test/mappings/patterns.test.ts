import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { CheckedMapping, Mapping } from '../support/wire.ts'

describe('a mapping of a pattern', () => {
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

  /** A tenant with one certificate, and a mapping of it for each url. */
  async function tenantWith(...urls: readonly string[]) {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'client of patterns' })
    const certificationId = (await tenant.saveCertificate('c1', identity)).id
    const mappings: Mapping[] = []
    for (const url of urls) mappings.push(await tenant.map({ certificationId, serviceId: 'IDP', url, name: url }))
    return { tenant, identity, certificationId, mappings, caller: await tenant.newCaller() }
  }

  async function exist(
    { id, caller }: { id: string; caller: Awaited<ReturnType<Tenant['newCaller']>> },
    urls: string[],
  ) {
    const entries = urls.map((url) => ({ serviceName: 'IDP', accountId: id, url }))
    const { status, body } = await caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', entries)
    expect(status).toBe(200)
    return body.map(({ doExist }) => doExist)
  }

  it('is kept and answered in its normalised form', async () => {
    const { tenant, mappings } = await tenantWith('HTTPS://*.Target.Example:443/A/*')
    const [mapping] = mappings
    expect(mapping).toMatchObject({ url: 'https://*.target.example/A/*' })
    expect((await tenant.api.json('GET', tenant.path('mappings'))).body).toEqual([mapping])
  })

  it('gives the certificate to calls below it, and to no other', async () => {
    const { tenant, identity, caller } = await tenantWith(`${target.url}/hooks/*`)
    const below = await caller.json<EchoedRequest>(
      'GET',
      tenant.forwardPath,
      undefined,
      lp(`${target.url}/hooks/a?q=1`),
    )
    expect(below).toMatchObject({ status: 200, body: { url: '/hooks/a?q=1' } })
    expect(below.body.clientCertificate?.fingerprint256).toBe(identity.fingerprintSha256)
    for (const path of ['/hooks', '/Hooks/a', '/hookshot/a', '/']) {
      const stop = { ...lp(target.url + path), 'LP-stop-if-certificate-not-found': 'true' }
      expectProblem(await caller.json('GET', tenant.forwardPath, undefined, stop), 500, 'NO_CERTIFICATE_FOR_CALL')
    }
  })

  it('of a host stands for one label and never for the bare domain', async () => {
    const { tenant, caller } = await tenantWith('https://*.target.example/', 'https://*.other.example/v1/*')
    const yes = ['https://a.target.example', 'https://B.Target.Example:443/', 'https://a.other.example/v1/x?y']
    const no = [
      'https://target.example/',
      'https://a.b.target.example/',
      'https://a.target.example/?x',
      'https://a.target.example:8443/',
      'https://a.other.example/v1',
    ]
    expect(await exist({ id: tenant.id, caller }, yes)).toEqual(yes.map(() => true))
    expect(await exist({ id: tenant.id, caller }, no)).toEqual(no.map(() => false))
  })

  it('that is disabled shadows a wider one: such a call is an error, never plain TLS', async () => {
    const { tenant, certificationId, caller } = await tenantWith(`${target.url}/*`)
    const narrow = { certificationId, serviceId: 'IDP', url: `${target.url}/off/*`, name: 'narrow', enable: false }
    await tenant.map(narrow)
    const refused = await caller.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/off/a`))
    expectProblem(refused, 424, 'MAPPING_DISABLED')
    expect(await exist({ id: tenant.id, caller }, [`${target.url}/off/a`, `${target.url}/on/a`])).toEqual([false, true])
  })

  it('gives way to an exact url with another certificate', async () => {
    const { tenant, caller } = await tenantWith(`${target.url}/*`)
    const own = await target.clientCa.issue({ commonName: 'of the exact url' })
    const { id } = await tenant.saveCertificate('c2', own)
    const url = `${target.url}/exact?x=1`
    await tenant.map({ certificationId: id, serviceId: 'IDP', url, name: 'exact' })
    const fingerprintFor = async (call: string) => {
      const { body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(call))
      return body.clientCertificate?.fingerprint256
    }
    expect(await fingerprintFor(url)).toBe(own.fingerprintSha256)
    expect(await fingerprintFor(`${target.url}/exact?x=2`)).not.toBe(own.fingerprintSha256)
  })

  it('of any host is for the calls that no other mapping takes, in an account that refuses unmapped ones', async () => {
    const { tenant, certificationId, caller } = await tenantWith(`${target.url}/own/*`)
    const url = `HTTPS://*:${new URL(target.url).port}/*`
    const any = { certificationId, serviceId: 'IDP', enable: true, url, name: 'any' }
    const create = () => tenant.api.json('POST', tenant.path('mappings'), [any])
    expectProblem(await create(), 409, 'UNMAPPED_CALLS_NOT_REFUSED')
    await tenant.api.json('PUT', tenant.path('settings'), { unmappedCalls: 'refuse' })
    const identity = await target.clientCa.issue({ commonName: 'for any host' })
    any.certificationId = (await tenant.saveCertificate('for any host', identity)).id
    const writer = system.toConfigApi({ oauth1: await tenant.newAppKey(['mtls:write']) })
    expectProblem(await writer.json('POST', tenant.path('mappings'), [any]), 403, 'SCOPE_MISSING')
    expect(await create()).toMatchObject({ status: 201, body: [{ url: url.replace('HTTPS', 'https') }] })
    const presentedAt = async (path: string) => {
      const { body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(target.url + path))
      return body.clientCertificate?.fingerprint256
    }
    expect(await presentedAt('/elsewhere?x')).toBe(identity.fingerprintSha256)
    expect(await presentedAt('/own/x')).not.toBe(identity.fingerprintSha256)
    const explained = { serviceName: 'IDP', url: `${target.url}/elsewhere` }
    expect(await tenant.api.json('POST', tenant.path('mappings/explain'), explained)).toMatchObject({
      body: { outcome: 'certificate', matchedBy: 'pattern', mapping: { name: 'any' } },
    })
  })

  it('exists once for a service and a normalised pattern', async () => {
    const { tenant, certificationId } = await tenantWith('https://*.target.example/a/*')
    const again = { certificationId, serviceId: 'IDP', enable: true, name: 'again' }
    const url = 'https://*.TARGET.example:443/a/*#again'
    const refused = await tenant.api.json('POST', tenant.path('mappings'), [{ ...again, url }])
    expectProblem(refused, 409, 'MAPPING_ALREADY_EXISTS')
  })

  it.each(['https://target.example/*/a', 'https://a.*.example/', 'https://*/', 'https://*/a/*'])(
    'with its "*" elsewhere, as in %s, is refused',
    async (url) => {
      const tenant = await system.newTenant()
      const identity = await (await createCa()).issue({ commonName: 'refused' })
      const certificationId = (await tenant.saveCertificate('c1', identity)).id
      const mapping = { certificationId, serviceId: 'IDP', enable: true, url, name: 'm1' }
      const refused = await tenant.api.json('POST', tenant.path('mappings'), [mapping])
      expect(expectProblem(refused, 400, 'TARGET_URL_NOT_CANONICAL').detail).toContain('first label of a host')
    },
  )
})
