import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import { certificateEntry, lp, type Tenant } from '../support/tenant.ts'

interface Call {
  readonly startedAt: number
  readonly status: number
  readonly fingerprint: string | undefined
}

describe('replacing a certificate in place while 20 callers use it', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let caller: ApiClient

  beforeAll(async () => {
    target = await startTestTarget()
    system = await System.start({ targets: [target] })
    tenant = await system.newTenant()
    caller = await tenant.newCaller(['forward'])
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function call(path: string): Promise<Call> {
    const startedAt = Date.now()
    const { status, body } = await caller.json<EchoedRequest>(
      'GET',
      tenant.forwardPath,
      undefined,
      lp(target.url + path),
    )
    return { startedAt, status, fingerprint: body.clientCertificate?.fingerprint256 }
  }

  it('shows the new one to calls that start 1 s after the answer; those in flight end with the old; none fails', async () => {
    const [old, renewed] = await Promise.all(['old', 'new'].map((commonName) => target.clientCa.issue({ commonName })))
    if (old === undefined || renewed === undefined) throw new Error('two were issued')
    const { certificate } = await tenant.onboard(old, `${target.url}/load`)
    const mapping = { certificationId: certificate.id, serviceId: 'IDP', name: 'slow' }
    await tenant.map({ ...mapping, url: `${target.url}/slow?ms=2500` })

    const calls: Call[] = []
    let over = false
    const callers = Array.from({ length: 20 }, async () => {
      while (!over) calls.push(await call('/load'))
    })
    await setTimeout(2_000)
    const inFlight = call('/slow?ms=2500')
    await setTimeout(500)
    const body = [{ ...certificateEntry('c1', renewed), id: certificate.id }]
    const replaced = await tenant.api.json('PUT', tenant.path('certificates'), body)
    const answeredAt = Date.now()
    expect(replaced.status).toBe(200)
    await setTimeout(3_500)
    over = true
    await Promise.all(callers)

    expect(calls.filter(({ status }) => status !== 200)).toEqual([])
    const late = calls.filter(({ startedAt }) => startedAt >= answeredAt + 1_000)
    expect(late.length).toBeGreaterThan(20)
    expect(late.filter(({ fingerprint }) => fingerprint !== renewed.fingerprintSha256)).toEqual([])
    const seen = new Set(calls.map(({ fingerprint }) => fingerprint))
    expect(seen).toEqual(new Set([old.fingerprintSha256, renewed.fingerprintSha256]))
    expect(await inFlight).toMatchObject({ status: 200, fingerprint: old.fingerprintSha256 })
  })
})
