import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import { type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { renewThroughKills } from '../support/killed-renewals.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

const short = (seconds: number) => ({ notBefore: new Date(), notAfter: new Date(Date.now() + seconds * 1_000) })

describe('a certificate with a plan', () => {
  let target: TestTarget
  let issuer: TestIssuer
  let system: System

  beforeAll(async () => {
    target = await startTestTarget()
    issuer = await TestIssuer.open(target.clientCa, 40)
    system = await System.start({ targets: [target, issuer], configApiEnv: issuer.env })
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await issuer?.close()
  })

  async function onboard(lifetime: number, plan: object) {
    const tenant = await system.newTenant()
    const first = await target.clientCa.issue({ commonName: 'client', ...short(lifetime) })
    const { certificate, mapping } = await tenant.onboard(first, `${target.url}/renewed`)
    const path = tenant.path(`certificates/${certificate.id}`)
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { profile: 'test', ...plan }))
    return { tenant, first, path, mapping, certificate }
  }

  const get = async <T>(tenant: Tenant, path: string) => (await tenant.api.json<T>('GET', path)).body
  const fingerprintOf = async (tenant: Tenant, path: string) =>
    (await get<Certificate>(tenant, path)).fingerprintSha256 ?? ''

  async function callsOf(tenant: Tenant) {
    const caller = await tenant.newCaller(['forward'])
    return new SteadyCalls(
      () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(`${target.url}/renewed`)),
      2,
      50,
    )
  }

  /** In the order in which calls presented them. */
  const presented = (made: Awaited<ReturnType<SteadyCalls['stop']>>) => [
    ...new Set(made.map(({ body }) => (body as EchoedRequest).clientCertificate?.fingerprint256)),
  ]

  it('renews itself several times under calls, none of which fails', async () => {
    issuer.behave({ lifetimeSeconds: 30 })
    const { tenant, path } = await onboard(30, { renewAt: 0.1 })
    const calls = await callsOf(tenant)
    const seen = new Set<string>()
    await eventually(
      async () => seen.add(await fingerprintOf(tenant, path)).size,
      (versions) => versions >= 5,
    )
    const made = await calls.stop()
    expect(tally(made)).toEqual({ 200: made.length })
    expect(presented(made).length).toBeGreaterThanOrEqual(4)
    const audit = await get<{ action: string; actor: string }[]>(tenant, tenant.path('audit'))
    expect(audit.find(({ action }) => action === 'certificates.promote')?.actor).toBe('plan')
  })

  it('goes on where it was after config-api was killed at each step', async () => {
    // On a slow machine each kill takes some 20 seconds, and four may come before one version is there.
    issuer.behave({ lifetimeSeconds: 150 })
    const { tenant, path } = await onboard(150, { renewAt: 0.1 })
    const calls = await callsOf(tenant)
    await renewThroughKills(system, path)
    const made = await calls.stop()
    expect(tally(made)).toEqual({ 200: made.length })
  }, 300_000)

  it('waits for an issuer that is down, and says so', async () => {
    issuer.behave({ mode: 'down', lifetimeSeconds: 600 })
    const tenant = await system.newTenant()
    const first = await target.clientCa.issue({ commonName: 'client', ...short(120) })
    const { certificate } = await tenant.onboard(first, `${target.url}/renewed`)
    const path = tenant.path(`certificates/${certificate.id}`)
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { profile: 'test', renewAt: 0.95 }))
    const request = await tenant.api.json<Plan>('POST', `${path}/plan/run`)
    expect(request).toMatchObject({ status: 200, body: { state: 'requested', next: { step: 'order' } } })
    const failing = await eventually(
      () => get<Plan>(tenant, `${path}/plan`),
      ({ attempts }) => attempts >= 2,
    )
    expect(failing).toMatchObject({ state: 'requested', lastFailure: { step: 'order', code: 'ISSUER_UNREACHABLE' } })
    const filtered = await get<Certificate[]>(tenant, `${tenant.path('certificates')}?plan=failing`)
    expect(filtered.map(({ id }) => id)).toEqual([certificate.id])
    const run = await tenant.api.json('POST', `${path}/plan/run`)
    expect(run).toMatchObject({ status: 503, body: { code: 'ISSUER_UNREACHABLE' } })
    issuer.behave({ mode: 'otherKey' })
    await eventually(
      () => get<Plan>(tenant, `${path}/plan`),
      ({ lastFailure }) => lastFailure?.code === 'ISSUED_OTHER_KEY',
    )
    expect(await fingerprintOf(tenant, path)).toBe(first.fingerprintSha256)
    issuer.behave({ mode: 'pending' })
    await eventually(
      () => fingerprintOf(tenant, path),
      (fingerprint) => fingerprint !== first.fingerprintSha256,
    )
    expect(await get<Plan>(tenant, `${path}/plan`)).toMatchObject({ state: 'idle', attempts: 0 })
    issuer.behave({ mode: 'issues' })
  })
})
