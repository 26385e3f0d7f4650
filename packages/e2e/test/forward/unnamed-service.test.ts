import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RecentCall } from '@mtls-gateway/contract'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey, CheckedMapping, NewMapping } from '../support/wire.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient
let certificationId: number

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  system = await System.start({ targets: [target] })
  tenant = await system.newTenant()
  const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'x' }), `${target.url}/only`)
  certificationId = certificate.id
  await map({ url: `${target.url}/two`, serviceId: 'IDP', name: 'two, IDP' })
  await map({ url: `${target.url}/two`, serviceId: 'WEBHOOKS', name: 'two, WEBHOOKS' })
  await map({ url: `${target.url}/one-off`, serviceId: 'IDP', name: 'one-off, IDP', enable: false })
  await map({ url: `${target.url}/one-off`, serviceId: 'FAAS', name: 'one-off, FAAS' })
  await map({ url: `${target.url}/status/500`, serviceId: 'FAAS', name: 'status' })
  await map({ url: `${target.url}/off`, serviceId: 'FAAS', name: 'off', enable: false })
  caller = await tenant.newCaller()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

async function map(mapping: Omit<NewMapping, 'certificationId'>): Promise<void> {
  await tenant.map({ certificationId, ...mapping })
}

function forward(path: string, headers: Record<string, string> = {}, client = caller) {
  const lpHeaders = { 'LP-forward-url': target.url + path, ...headers }
  return client.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lpHeaders)
}

async function doExist(path: string, client = caller): Promise<boolean | undefined> {
  const entry = { accountId: tenant.id, url: target.url + path }
  const { body } = await client.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry])
  return body[0]?.doExist
}

describe('a call that names no service', () => {
  it.each(['/only', '/one-off'])('presents the certificate of the only enabled mapping of %s', async (path) => {
    for (const headers of [{}, { 'LP-service-name': '' }]) {
      const answer = await forward(path, headers)
      expect(answer).toMatchObject({ status: 200, body: { url: path, clientCertificate: { commonName: 'x' } } })
    }
    expect(await doExist(path)).toBe(true)
  })

  it('is among the recent calls with the service of its mapping', async () => {
    // These are not successful: only some of those that are would be recorded.
    await forward('/status/500', { 'X-Request-Id': 'of-a-mapping' })
    await forward('/unmapped', { 'X-Request-Id': 'of-no-mapping', 'LP-stop-if-certificate-not-found': 'true' })
    const calls = await eventually(
      async () => (await tenant.api.json<RecentCall[]>('GET', tenant.path('calls'))).body,
      (all) => ['of-a-mapping', 'of-no-mapping'].every((id) => all.some(({ requestId }) => requestId === id)),
    )
    const services = new Map(calls.map(({ requestId, serviceName }) => [requestId, serviceName]))
    expect(services.get('of-a-mapping')).toBe('FAAS')
    expect(services.get('of-no-mapping')).toBeUndefined()
  })

  it('is refused if the url is mapped for several services, which the answer names', async () => {
    target.clear()
    const refused = await forward('/two')
    const { detail, services } = expectProblem(refused, 400, 'SERVICE_NAME_MISSING')
    expect(detail).toContain('IDP, WEBHOOKS')
    expect(services).toEqual(['IDP', 'WEBHOOKS'])
    expect(target.seen).toEqual([])
    expect(await doExist('/two')).toBe(false)
    expect(await forward('/two', { 'LP-service-name': 'WEBHOOKS' })).toMatchObject({ status: 200 })
  })

  it('tells nobody else which services there are', async () => {
    const headers = { 'LP-forward-url': `${target.url}/two` }
    const other = await (await system.newTenant()).newCaller()
    for (const stranger of [other, system.toForwarderApi()]) {
      const refused = await stranger.json('GET', tenant.forwardPath, undefined, headers)
      expect([401, 403]).toContain(refused.status)
      expect(JSON.stringify(refused.body)).not.toContain('WEBHOOKS')
    }
  })

  it('fails if the only mapping is disabled, and never goes out without a certificate', async () => {
    target.clear()
    expectProblem(await forward('/off'), 424, 'MAPPING_DISABLED')
    expect(target.seen).toEqual([])
    expect(await doExist('/off')).toBe(false)
  })

  it('is an unmapped call if nothing is mapped, counted by no service', async () => {
    expect(await forward('/unmapped')).toMatchObject({ status: 200, body: { clientCertificate: null } })
    const stop = { 'LP-stop-if-certificate-not-found': 'true' }
    expectProblem(await forward('/unmapped', stop), 500, 'NO_CERTIFICATE_FOR_CALL')
    const metrics = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    expect(metrics).toMatch(/^unmapped_calls_total\{[^}]*service="none"[^}]*\} [1-9]/m)
  })
})

describe('a call of an app key that is limited to services, which names none', () => {
  async function limitedTo(...services: string[]): Promise<ApiClient> {
    const body = { label: 'limited', services }
    const { body: oauth1 } = await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), body)
    const client = system.toForwarderApi({ oauth1 })
    // A forwarder looks for unknown keys in the store only every five seconds.
    await eventually(
      () => client.json('GET', tenant.forwardPath),
      ({ status }) => status !== 401,
    )
    return client
  }

  const mappedBy = (name: string) =>
    eventually(
      async () => (await tenant.api.json<RecentCall[]>('GET', tenant.path('calls'))).body,
      (all) => all.some(({ requestId }) => requestId === name),
    ).then((all) => all.find(({ requestId }) => requestId === name)?.serviceName)

  it('is one of its only service, also where the url is mapped for several', async () => {
    const limited = await limitedTo('WEBHOOKS')
    expect(await forward('/two', {}, limited)).toMatchObject({ status: 200, body: { clientCertificate: {} } })
    expect(await forward('/unmapped', {}, limited)).toMatchObject({ status: 200, body: { clientCertificate: null } })
    expect(await doExist('/two', limited)).toBe(true)
    expect(await doExist('/only', limited)).toBe(false)
  })

  it('is one of its first service, where the url is mapped for that among others', async () => {
    // These are not successful: only some of those that are would be recorded.
    const path = '/status/503'
    for (const serviceId of ['IDP', 'WEBHOOKS'])
      await map({ url: target.url + path, serviceId, name: `503, ${serviceId}` })
    for (const [services, expected] of [
      [['WEBHOOKS', 'IDP'], 'WEBHOOKS'],
      [['IDP', 'WEBHOOKS'], 'IDP'],
    ] as const) {
      const limited = await limitedTo(...services)
      const requestId = `of-${expected}`
      const answer = await forward(path, { 'X-Request-Id': requestId }, limited)
      expect(answer).toMatchObject({ status: 503, body: { clientCertificate: { commonName: 'x' } } })
      expect(await mappedBy(requestId)).toBe(expected)
    }
  })

  it('is one of the only service of its own that the url is mapped for', async () => {
    const limited = await limitedTo('TEST_SERVICE', 'WEBHOOKS', 'FAAS')
    expect(await forward('/two', {}, limited)).toMatchObject({ status: 200, body: { clientCertificate: {} } })
    expectProblem(await forward('/off', {}, limited), 424, 'MAPPING_DISABLED')
    // `/one-off` is enabled for FAAS, which this one may not call as.
    expectProblem(await forward('/one-off', {}, await limitedTo('TEST_SERVICE', 'IDP')), 424, 'MAPPING_DISABLED')
  })

  it('asks for a name where neither its first service nor a single one decides', async () => {
    const limited = await limitedTo('TEST_SERVICE', 'IDP', 'WEBHOOKS')
    expectProblem(await forward('/two', {}, limited), 400, 'SERVICE_NAME_MISSING')
  })

  it('is refused if it names one outside of them', async () => {
    const refused = await forward('/two', { 'LP-service-name': 'WEBHOOKS' }, await limitedTo('IDP', 'FAAS'))
    expect(expectProblem(refused, 403, 'SERVICE_NOT_ALLOWED').services).toEqual(['FAAS', 'IDP'])
  })
})
