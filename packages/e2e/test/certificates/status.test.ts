import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, lp } from '../support/tenant.ts'
import type { Certificate, CheckedMapping } from '../support/wire.ts'

let system: SharedSystem
const targets: TestTarget[] = []

beforeAll(async () => {
  system = await sharedSystem()
})

afterAll(async () => {
  await system?.stop()
  await Promise.all(targets.map((target) => target.close()))
})

/** One of its own for each test. */
async function newTarget(): Promise<TestTarget> {
  const target = await system.startTarget()
  targets.push(target)
  return target
}

// At once, as both wait for a time to come.
describe('a certificate that is mapped', () => {
  async function mapped(url: string, identity: IssuedCertificate) {
    const tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(identity, url)
    const caller = await tenant.newCaller()
    const entry = { serviceName: 'IDP', accountId: tenant.id, url }
    return {
      tenant,
      certificate,
      forward: () => caller.json('GET', tenant.forwardPath, undefined, lp(url)),
      check: () => caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry]),
      get: () => tenant.api.json<Certificate>('GET', tenant.path(`certificates/${certificate.id}`)),
    }
  }

  type Mapped = Awaited<ReturnType<typeof mapped>>

  /** With a certificate that lasts for seconds: for longer, if a busy machine has not onboarded it meanwhile. */
  async function mappedShort(target: TestTarget, seconds = 10): Promise<Mapped & { notAfter: Date }> {
    // Whole seconds in a certificate.
    const notAfter = new Date((Math.floor(Date.now() / 1_000) + seconds) * 1_000)
    const identity = await target.clientCa.issue({ commonName: 'short', notAfter })
    try {
      return { notAfter, ...(await mapped(`${target.url}/`, identity)) }
    } catch (error) {
      if (Date.now() < notAfter.getTime()) throw error
      return mappedShort(target, 2 * seconds)
    }
  }

  it.concurrent('and expires is Expired, does not exist for a check, and a forward answers 424 before it tries', async () => {
    const target = await newTarget()
    const { notAfter, tenant, certificate, forward, check, get } = await mappedShort(target)
    const before = [await forward(), await check(), await get()]
    if (Date.now() < notAfter.getTime()) {
      expect(before).toMatchObject([{ status: 200 }, { body: [{ doExist: true }] }, { body: { status: 'Available' } }])
    }
    await setTimeout(Math.max(0, notAfter.getTime() - Date.now()))
    await eventually(get, ({ body }) => body.status === 'Expired')
    target.clear()
    expectProblem(await forward(), 424, 'CLIENT_CERTIFICATE_EXPIRED')
    expect(await check()).toMatchObject({ status: 200, body: [{ doExist: false }] })
    expect(target.seen).toEqual([])

    const fresh = await target.clientCa.issue({ commonName: 'renewed' })
    const renewed = [{ ...certificateEntry('c1', fresh), id: certificate.id }]
    expect((await tenant.api.json('PUT', tenant.path('certificates'), renewed)).status).toBe(200)
    expect(await get()).toMatchObject({ body: { status: 'Available' } })
    const served = await eventually(forward, ({ status }) => status !== 424)
    expect(served).toMatchObject({ status: 200, body: { clientCertificate: { commonName: 'renewed' } } })
  })

  it.concurrent('and is not valid yet does not exist for a check, and a forward answers 424 before it tries, until it is', async () => {
    const target = await newTarget()
    const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 + 5_000)
    const identity = await target.clientCa.issue({ commonName: 'early', notBefore })
    const { forward, check, get } = await mapped(`${target.url}/early`, identity)
    target.clear()
    const [refused, early] = [await forward(), await get()]
    if (Date.now() < notBefore.getTime()) {
      expectProblem(refused, 424, 'CLIENT_CERTIFICATE_NOT_YET_VALID')
      expect(target.seen).toEqual([])
      expect(early).toMatchObject({ body: { status: 'Available', warnings: ['CERTIFICATE_STARTS_LATER'] } })
    }
    await eventually(check, ({ body }) => body[0]?.doExist === true)
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore.getTime())
    expect(await forward()).toMatchObject({ status: 200, body: { clientCertificate: { commonName: 'early' } } })
  })
})
