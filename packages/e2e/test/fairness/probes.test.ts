import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { PendingCalls } from '../support/pending-calls.ts'
import { Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import type { Probe } from '../support/wire.ts'

let target: TestTarget
let tarpit: TestTarget
let system: System

beforeAll(async () => {
  target = await startTestTarget()
  tarpit = await startTestTarget({ requireClientCertificate: false, handler: () => {} })
  system = await System.start({ configApiOnly: true, targets: [target, tarpit] })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await tarpit?.close()
})

/** A certificate that is mapped to the url, and its next version, which can be probed. */
async function staged(url: string): Promise<Rotation> {
  const tenant = await system.newTenant()
  const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'current' }), url)
  const rotation = new Rotation(tenant, certificate.id)
  mustBe(201, await rotation.stage(await target.clientCa.issue({ commonName: 'next' })))
  return rotation
}

describe('40 probes of one account against a target that never answers', () => {
  it('leave the probe of another account its turn', async () => {
    const [hostile, other] = [await staged(`${tarpit.url}/`), await staged(`${target.url}/`)]
    const headers = { authorization: `Bearer ${await system.token()}`, 'content-type': 'application/json' }
    await using calls = new PendingCalls()
    const url = system.configApi.url + hostile.path('staged/probe')
    for (let n = 0; n < 40; n++) calls.begin(url, { method: 'POST', headers, body: '{}' })
    // Places and queue are full once some have been turned away.
    await eventually(
      async () => calls.statuses.length,
      (refused) => refused > 5,
    )
    const { status, body } = await other.post<Probe>('staged/probe', {})
    expect([status, body]).toMatchObject([200, { ok: true }])
    expect(calls.statuses.filter((refused) => ![429, 503].includes(refused))).toEqual([])
  })
})
