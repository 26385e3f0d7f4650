import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { RecentCall } from '@mtls-gateway/contract'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { CheckedMapping, NewMapping } from '../support/wire.ts'

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

function forward(path: string, headers: Record<string, string> = {}) {
  const lpHeaders = { 'LP-forward-url': target.url + path, ...headers }
  return caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lpHeaders)
}

async function doExist(path: string): Promise<boolean | undefined> {
  const entry = { accountId: tenant.id, url: target.url + path }
  const { body } = await caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry])
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
