import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Issuer, PendingIssuance, Plan } from '@mtls-gateway/contract'
import { type ApiResponse, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

const order = { name: 'issued', profile: 'test', subject: { commonName: 'client' } }
const hour = () => ({ notBefore: new Date(), notAfter: new Date(Date.now() + 3_600_000) })

let target: TestTarget
let issuer: TestIssuer
let system: System
let tenant: Tenant
/** A target that knows its clients by their certificates, once they have been registered. */
let late: TestTarget
const registered = new Set<string | undefined>()

beforeAll(async () => {
  target = await startTestTarget()
  late = await startTestTarget({
    clientCa: target.clientCa,
    handler: (request, response) => {
      // An https server's sockets are TLS sockets.
      const { fingerprint256 } = (request.socket as TLSSocket).getPeerX509Certificate() ?? {}
      response.writeHead(registered.has(fingerprint256?.replaceAll(':', '').toLowerCase()) ? 200 : 403).end()
    },
  })
  issuer = await TestIssuer.open(target.clientCa, 7_200)
  const targets = [target, late, issuer]
  system = await System.start({ targets, configApiOnly: true, configApiEnv: issuer.env })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await late?.close()
  await issuer?.close()
})

beforeEach(async () => {
  issuer.behave({ mode: 'issues' })
  tenant = await system.newTenant()
})

function send<T>(method: string, below: string, body?: unknown, headers = {}): Promise<ApiResponse<T>> {
  return tenant.api.json<T>(method, tenant.path(below), body, headers)
}

const planOf = async (id: number) => (await send<Plan>('GET', `certificates/${id}/plan`)).body
const certificateOf = async (id: number) => (await send<Certificate>('GET', `certificates/${id}`)).body

describe('issuers of an account', () => {
  it('are listed with what they allow, and their CA can be downloaded', async () => {
    const { body } = await send<Issuer[]>('GET', 'issuers')
    expect(body).toMatchObject([
      { name: 'people', kind: 'own-ca' },
      { name: 'test', keyTypes: ['EC-P256', 'RSA-2048'], lifetimeSeconds: 20 },
    ])
    const ca = await tenant.api.raw({ method: 'GET', path: tenant.path('issuers/test/ca') })
    expect(ca.body.toString('utf8')).toBe(target.clientCa.certificate)
    expectProblem(await send('GET', 'issuers/other/ca'), 404, 'ISSUER_PROFILE_UNKNOWN')
  })
})

describe('a certificate that is ordered', () => {
  it('is there at once if the issuer answers at once, and renews itself', async () => {
    const { status, body } = await send<Certificate>('POST', 'certificates/issue', order)
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { status: 'Available', subject: 'CN=client', keyType: 'EC-P256', issuer: 'CN=Client CA' },
    })
    expect(await planOf(body.id)).toMatchObject({ state: 'idle', profile: 'test', next: { step: 'request' } })
    const actions = (await send<{ action: string }[]>('GET', 'audit')).body.map(({ action }) => action)
    expect(actions).toEqual(['certificates.complete', 'certificates.issue'])
  })

  it('waits for people whose CA signs its request', async () => {
    const { status, body } = await send<PendingIssuance>('POST', 'certificates/issue', { ...order, profile: 'people' })
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { plan: { state: 'ordered', waitsFor: 'signature', next: null } },
    })
    const { id } = body.certificate
    const csr = body.plan.signingRequest ?? ''
    expect(csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/)
    expect((await planOf(id)).signingRequest).toBe(csr)
    const { certificate: pem } = await target.clientCa.signRequest(csr)
    const headers = { 'content-type': 'application/x-pem-file' }
    const path = tenant.path(`certificates/${id}/signed-certificate`)
    mustBe(200, await tenant.api.raw({ method: 'PUT', path, headers, body: pem }))
    expect(await planOf(id)).toMatchObject({ state: 'idle', waitsFor: null, next: { step: 'request' } })
    expect(await planOf(id)).not.toHaveProperty('signingRequest')
  })

  it('comes later if the issuer takes its time', async () => {
    issuer.behave({ mode: 'pending' })
    const headers = { 'idempotency-key': 'order-1' }
    const { status, body } = await send<PendingIssuance>('POST', 'certificates/issue', order, headers)
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { certificate: { status: 'PendingSignature' }, plan: { state: 'ordered', next: { step: 'order' } } },
    })
    const { id } = body.certificate
    expect((await send<PendingIssuance>('POST', 'certificates/issue', order, headers)).body).toMatchObject({
      certificate: { id },
    })
    await eventually(
      () => certificateOf(id),
      ({ status }) => status === 'Available',
    )
    const again = await send<Certificate>('POST', 'certificates/issue', order, headers)
    expect(again.body).toMatchObject({ id, status: 'Available' })
  })

  it('waits with the reason if the issuer is down, and is refused for what it does not sign', async () => {
    issuer.behave({ mode: 'down' })
    const { status, body } = await send<PendingIssuance>('POST', 'certificates/issue', order)
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { plan: { state: 'requested', attempts: 1, lastFailure: { code: 'ISSUER_UNREACHABLE' } } },
    })
    expectProblem(await send('POST', 'certificates/issue', order), 409, 'CERTIFICATE_NAME_TAKEN')
    const other = { ...order, name: 'other' }
    const profile = await send('POST', 'certificates/issue', { ...other, profile: 'none' })
    expectProblem(profile, 404, 'ISSUER_PROFILE_UNKNOWN')
    const keyType = await send('POST', 'certificates/issue', { ...other, keyType: 'Ed25519' })
    expectProblem(keyType, 422, 'KEY_TYPE_UNSUPPORTED')
  })
})

describe('an issuer whose answer can not be used', () => {
  it.each([
    ['down', 'ISSUER_UNREACHABLE'],
    ['forbids', 'ISSUER_FORBIDDEN'],
    ['refuses', 'ISSUER_REFUSED'],
    ['html', 'ISSUED_NO_CERTIFICATE'],
    ['otherKey', 'ISSUED_OTHER_KEY'],
    ['otherCa', 'ISSUED_CHAIN_INVALID'],
    ['short', 'ISSUED_TOO_SHORT'],
  ] as const)('leaves the version in use, and the plan says why: %s', async (mode, code) => {
    const first = await target.clientCa.issue({ commonName: 'client', ...hour() })
    const { id } = await tenant.saveCertificate('c1', first)
    mustBe(200, await send('PUT', `certificates/${id}/plan`, { profile: 'test', renewAt: 0.95 }))
    issuer.behave({ mode })
    const ordered = issuer.orders.length
    mustBe(200, await send('POST', `certificates/${id}/plan/run`))
    const failing = await eventually(
      () => planOf(id),
      ({ attempts }) => attempts > 0,
    )
    expect(failing).toMatchObject({ state: 'requested', next: { step: 'order' }, lastFailure: { step: 'order', code } })
    expect((await certificateOf(id)).fingerprintSha256).toBe(first.fingerprintSha256)
    issuer.behave({ mode: 'issues' })
    mustBe(200, await send('POST', `certificates/${id}/plan/run`))
    await eventually(
      () => certificateOf(id),
      ({ fingerprintSha256 }) => fingerprintSha256 !== first.fingerprintSha256,
    )
    // What can't be used is ordered anew; what may come yet is the same order.
    const mayCome = ['down', 'forbids'].includes(mode)
    expect(new Set(issuer.orders.slice(ordered)).size).toBe(mayCome ? 1 : 2)
  })
})

describe('an issuer that never comes to an answer', () => {
  it('is told of as a failure while there is still time, and its order is sent anew', async () => {
    const validity = { notBefore: new Date(), notAfter: new Date(Date.now() + 20_000) }
    const first = await target.clientCa.issue({ commonName: 'client', ...validity })
    const { id } = await tenant.saveCertificate('c1', first)
    issuer.behave({ mode: 'silent' })
    const ordered = issuer.orders.length
    mustBe(200, await send('PUT', `certificates/${id}/plan`, { profile: 'test', renewAt: 0.1 }))
    const { lastFailure } = await eventually(
      () => planOf(id),
      ({ attempts }) => attempts > 0,
    )
    expect(lastFailure).toMatchObject({ step: 'order', code: 'ISSUER_PENDING_TOO_LONG' })
    await eventually(
      async () => new Set(issuer.orders.slice(ordered)).size,
      (orders) => orders > 1,
    )
  })
})

describe('an order that goes to another issuer', () => {
  it('has all of its time there, however long the one before has taken', async () => {
    const validity = { notBefore: new Date(), notAfter: new Date(Date.now() + 40_000) }
    const { id } = await tenant.saveCertificate(
      'c1',
      await target.clientCa.issue({ commonName: 'client', ...validity }),
    )
    mustBe(200, await send('PUT', `certificates/${id}/plan`, { profile: 'people', renewAt: 0.1 }))
    const { staged } = await eventually(
      () => certificateOf(id),
      (certificate) => certificate.staged !== undefined,
    )
    // Longer than a quarter of its lifetime, which is what an issuer has.
    await setTimeout(Date.parse(staged?.createdAt ?? '') + 11_000 - Date.now())
    issuer.behave({ mode: 'pending' })
    mustBe(200, await send('PUT', `certificates/${id}/plan`, { profile: 'test', renewAt: 0.1 }))
    await eventually(
      () => certificateOf(id),
      (certificate) => certificate.staged === undefined,
    )
    const audit = (await send<{ action: string }[]>('GET', 'audit')).body
    expect(audit.map(({ action }) => action)).not.toContain('plans.fail')
  })
})

describe('a plan', () => {
  async function onboard(urls: readonly string[], plan: object, validity = hour()): Promise<Certificate> {
    const first = await target.clientCa.issue({ commonName: 'client', ...validity })
    registered.add(first.fingerprintSha256)
    const certificate = await tenant.saveCertificate('c1', first)
    for (const [index, url] of urls.entries()) {
      await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: `m${index}` })
    }
    mustBe(200, await send('PUT', `certificates/${certificate.id}/plan`, { profile: 'test', ...plan }))
    return certificate
  }

  it('is set, changed and removed, and not by whoever has read an older one', async () => {
    const { id } = await onboard([], {})
    const path = `certificates/${id}/plan`
    const { headers, body } = await send<Plan>('GET', path)
    expect(body).toMatchObject({ renewAt: 0.66, test: 'auto', promote: 'auto', rollBack: 'auto', attempts: 0 })
    const ifMatch = { 'if-match': String(headers.etag) }
    const changed = await send<Plan>('PUT', path, { profile: 'test', renewAt: 0.5, promote: 'manual' }, ifMatch)
    expect(changed).toMatchObject({ status: 200, body: { renewAt: 0.5, promote: 'manual' } })
    expectProblem(await send('PUT', path, { profile: 'test' }, ifMatch), 412, 'PRECONDITION_FAILED')
    expectProblem(await send('PUT', path, { profile: 'none' }), 404, 'ISSUER_PROFILE_UNKNOWN')
    expectProblem(await send('PUT', path, { profile: 'test', renewAt: 0.99 }), 400, 'VALIDATION_FAILED')
    const key = { 'idempotency-key': 'remove-1' }
    expect((await send('DELETE', path, undefined, key)).status).toBe(200)
    expect((await send('DELETE', path, undefined, key)).body).toEqual({ certificateId: id, deleted: true })
    expectProblem(await send('POST', `${path}/run`), 404, 'PLAN_NOT_FOUND')
    expect((await send<Certificate[]>('GET', 'certificates?plan=none')).body).toHaveLength(1)
  })

  it('waits for a person where it says so', async () => {
    const { id, fingerprintSha256 } = await onboard([`${target.url}/a`], { renewAt: 0.95, promote: 'manual' })
    const run = () => send<Plan>('POST', `certificates/${id}/plan/run`)
    mustBe(200, await run())
    const waiting = await eventually(
      () => planOf(id),
      ({ waitsFor }) => waitsFor !== null,
    )
    expect(waiting).toMatchObject({ state: 'tested', waitsFor: 'promotion', next: null })
    expect(expectProblem(await run(), 409, 'PLAN_WAITS')).toMatchObject({
      detail: 'This plan waits for a person. Promote what is staged, or drop it.',
      waitsFor: 'promotion',
    })
    expect((await send<Certificate[]>('GET', 'certificates?plan=waiting')).body).toMatchObject([
      { id, plan: { waitsFor: 'promotion' } },
    ])
    // Each is counted once.
    expect((await send<Certificate[]>('GET', 'certificates?plan=tested')).body).toEqual([])
    expect((await certificateOf(id)).fingerprintSha256).toBe(fingerprintSha256)
    mustBe(200, await send('POST', `certificates/${id}/staged/promote`))
    expect(await planOf(id)).toMatchObject({ state: 'idle', next: { step: 'request' } })
  })

  it('promotes target by target, each as it accepts the next version', async () => {
    const { id } = await onboard([`${target.url}/a`, `${late.url}/b`], { renewAt: 0.95, promote: 'eachTarget' })
    mustBe(200, await send<Plan>('POST', `certificates/${id}/plan/run`))
    const { promotion, staged } = await eventually(
      () => certificateOf(id),
      ({ promotion }) => promotion?.left === 1,
    )
    expect(promotion).toMatchObject({ left: 1, mappings: [{ state: 'presents' }, { state: 'waiting' }] })
    const failing = await eventually(
      () => planOf(id),
      ({ attempts }) => attempts > 0,
    )
    expect(failing).toMatchObject({ state: 'promoting', lastFailure: { step: 'test', code: 'STAGED_PROBE_FAILED' } })
    registered.add(staged?.fingerprintSha256 ?? '')
    // Now, instead of in a minute.
    mustBe(200, await send<Plan>('POST', `certificates/${id}/plan/run`))
    const renewed = await eventually(
      () => certificateOf(id),
      (certificate) => certificate.promotion === undefined && certificate.staged === undefined,
    )
    expect(renewed.fingerprintSha256).toBe(staged?.fingerprintSha256)
  })

  it('promotes for all once the version in use has expired, whatever their targets say', async () => {
    const soon = { notBefore: new Date(), notAfter: new Date(Date.now() + 12_000) }
    const plan = { renewAt: 0.1, promote: 'eachTarget' }
    const { id, fingerprintSha256 } = await onboard([`${target.url}/a`, `${late.url}/b`], plan, soon)
    const renewed = await eventually(
      () => certificateOf(id),
      (certificate) => certificate.fingerprintSha256 !== fingerprintSha256,
    )
    // Certificates state it in whole seconds.
    expect(Date.now()).toBeGreaterThan(soon.notAfter.getTime() - 1_000)
    expect(renewed.promotion).toBeUndefined()
  })

  it('leaves to a person what is no usual renewal', async () => {
    const first = await target.clientCa.issue({ commonName: 'client', ...hour(), keyType: 'EC-P384' })
    const certificate = await tenant.saveCertificate('c1', first)
    const path = `certificates/${certificate.id}`
    mustBe(200, await send('PUT', `${path}/plan`, { profile: 'test', renewAt: 0.95 }))
    mustBe(200, await send<Plan>('POST', `${path}/plan/run`))
    const waiting = await eventually(
      () => planOf(certificate.id),
      ({ waitsFor }) => waitsFor !== null,
    )
    expect(waiting).toMatchObject({ waitsFor: 'differences', lastFailure: { code: 'NEXT_VERSION_DIFFERS' } })
    mustBe(200, await send('POST', `${path}/staged/promote?accept=KEY_TYPE_DIFFERS`))
    expect(await planOf(certificate.id)).toMatchObject({ state: 'idle' })
  })
})
