import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type Propagation, RotatedTenant } from '../support/rotated-tenant.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import type { Requested } from '../support/wire.ts'

let target: TestTarget
let system: System
let first: IssuedCertificate
let second: IssuedCertificate

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
  first = await target.clientCa.issue({ commonName: 'first' })
  second = await target.clientCa.issue({ commonName: 'second' })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const onboard = () => RotatedTenant.onboard(system, first, `${target.url}/`)

describe('the propagation of a certificate', () => {
  it('is complete soon after a replacement without any call, and the next call presents the new one', async () => {
    const rotated = await onboard()
    const caller = rotated.caller()
    expect(await rotated.presented(caller)).toBe('first')
    const before = await rotated.propagated(({ instances }) => instances[0]?.revision !== null)
    expect(before).toMatchObject({ revision: 1, complete: true, instances: [{ current: true }] })

    const replacedAt = Date.now()
    await rotated.replace(second)
    const { revision, instances } = await rotated.propagated(({ complete, revision }) => complete && revision > 1)
    expect(instances).toMatchObject([{ instance: before.instances[0]?.instance, revision, current: true }])
    expect(Date.parse(instances[0]?.since ?? '')).toBeGreaterThanOrEqual(replacedAt)
    expect(await rotated.presented(caller)).toBe('second')
  })

  it('names no revision of an account that a forwarder neither holds nor has heard of, which counts as current', async () => {
    const rotated = await onboard()
    await system.stopForwarderApi()
    await system.startForwarderApi()
    // The instance that has ended stays live for another 5 s, alone if the new one has not announced itself yet.
    const isNew = ({ instances }: Propagation) => instances.length === 1 && instances[0]?.revision === null
    const { complete, instances } = await rotated.propagated(isNew)
    expect([complete, instances]).toMatchObject([true, [{ revision: null, since: null, current: true }]])
  })

  it('is not complete while no forwarder is live', async () => {
    const rotated = await onboard()
    await system.stopForwarderApi()
    const propagation = await rotated.propagated(({ instances }) => instances.length === 0)
    expect(propagation).toEqual({ revision: 1, complete: false, instances: [] })
    await system.startForwarderApi()
  })

  it('is not told of a certificate that there is not, or that waits for its signature', async () => {
    const { tenant } = await onboard()
    const propagationOf = (id: number) => tenant.api.json('GET', tenant.path(`certificates/${id}/propagation`))
    expectProblem(await propagationOf(1), 404, 'CERTIFICATE_NOT_FOUND')
    const request = { name: 'waits', keyType: 'EC-P256', subject: { commonName: 'waits' } }
    const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), request)
    mustBe(201, requested)
    expectProblem(await propagationOf(requested.body.certificate.id), 424, 'CERTIFICATE_PENDING_SIGNATURE')
  })
})
