import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const stop = { 'LP-stop-if-certificate-not-found': 'true' }

let target: TestTarget

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
})

afterAll(() => target?.close())

async function onboard(system: System): Promise<{ tenant: Tenant; caller: ApiClient }> {
  const tenant = await system.newTenant()
  const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'x' }), `${target.url}/mapped`)
  const mapping = { certificationId: certificate.id, serviceId: 'IDP', url: `${target.url}/disabled` }
  await tenant.map({ ...mapping, name: 'disabled', enable: false })
  return { tenant, caller: await tenant.newCaller() }
}

describe('a call without a mapping', () => {
  let system: System
  let tenant: Tenant
  let caller: ApiClient

  beforeAll(async () => {
    system = await System.start({ targets: [target] })
    const onboarded = await onboard(system)
    tenant = onboarded.tenant
    caller = onboarded.caller
  })

  afterAll(() => system?.stop())

  const forward = (path: string, headers: Record<string, string> = {}, service = 'IDP') =>
    caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, { ...lp(target.url + path, service), ...headers })

  it('is forwarded over plain TLS, without a certificate', async () => {
    for (const headers of [{}, { 'LP-stop-if-certificate-not-found': 'false' }]) {
      const answer = await forward('/unmapped', headers)
      expect(answer).toMatchObject({ status: 200, body: { url: '/unmapped', clientCertificate: null } })
    }
  })

  it('is told from a mapped one by url, query and service', async () => {
    expect((await forward('/mapped')).body.clientCertificate?.commonName).toBe('x')
    for (const answer of [
      await forward('/mapped?x'),
      await forward('/mapped/'),
      await forward('/mapped', {}, 'FAAS'),
    ]) {
      expect(answer).toMatchObject({ status: 200, body: { clientCertificate: null } })
    }
  })

  it('answers 500 with the reason where the caller wants to stop', async () => {
    target.clear()
    const answer = await forward('/unmapped', stop)
    expectProblem(answer, 500, 'NO_CERTIFICATE_FOR_CALL')
    expect(answer.headers['lp-answered-by']).toBe('gateway')
    expect(target.seen).toEqual([])
    expect((await forward('/mapped', stop)).status).toBe(200)
  })

  it('is counted by service', async () => {
    await forward('/unmapped', {}, 'FAAS')
    const metrics = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    expect(metrics).toMatch(/^\w*unmapped\w*\{[^}]*"FAAS"[^}]*\} [1-9]/m)
  })

  it('is not what a disabled mapping makes: 424, never plain TLS', async () => {
    target.clear()
    for (const headers of [{}, stop]) {
      const answer = await forward('/disabled', headers)
      const { detail } = expectProblem(answer, 424, 'MAPPING_DISABLED')
      expect(answer.headers['lp-answered-by']).toBe('gateway')
      expect(answer.headers['lp-message-from-transport']).toBe(detail)
      expect(answer.headers['lp-error-from-transport']).toBeUndefined()
    }
    expect(target.seen).toEqual([])
  })
})

describe('a call without a mapping where UNMAPPED_CALLS=refuse', () => {
  it('is refused with 403 and never forwarded, while mapped ones go', async () => {
    const system = await System.start({ targets: [target], env: { UNMAPPED_CALLS: 'refuse' } })
    try {
      const { tenant, caller } = await onboard(system)
      const forward = (path: string) => caller.json('GET', tenant.forwardPath, undefined, lp(target.url + path))
      target.clear()
      expectProblem(await forward('/unmapped'), 403, 'UNMAPPED_CALL')
      expect(target.seen).toEqual([])
      expect((await forward('/mapped')).status).toBe(200)
      expectProblem(await forward('/disabled'), 424, 'MAPPING_DISABLED')
    } finally {
      await system.stop()
    }
  })
})
