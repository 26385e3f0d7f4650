import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import { createCa, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { configApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

describe('plans, where two instances of config-api do what is due', () => {
  let issuer: TestIssuer
  let system: System
  let other: ServiceProcess
  const ca = createCa()

  beforeAll(async () => {
    issuer = await TestIssuer.open(await ca, 7_200)
    system = await System.start({ targets: [issuer], configApiEnv: issuer.env, configApiOnly: true })
    other = await startService({ entry: configApiEntry, env: system.envOf('config-api') })
  })

  afterAll(async () => {
    await other?.stop()
    await system?.stop()
    await issuer?.close()
  })

  it('order each certificate once', async () => {
    const tenant = await system.newTenant()
    const validity = { notBefore: new Date(Date.now() - 3_000_000), notAfter: new Date(Date.now() + 600_000) }
    const first = await (await ca).issue({ commonName: 'client', ...validity })
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`)
    const certificates = await tenant.saveCertificates(names, first)
    await Promise.all(
      certificates.map(async ({ id }) => {
        mustBe(200, await tenant.api.json('PUT', tenant.path(`certificates/${id}/plan`), { profile: 'test' }))
        // The other instance learns of the plan as soon as it reads the account.
        const answer = await fetch(`${other.url}${tenant.path(`certificates/${id}/plan`)}`, {
          headers: { authorization: `Bearer ${await system.token()}` },
        })
        const plan = (await answer.json()) as Plan
        expect(plan).toMatchObject({ profile: 'test' })
      }),
    )
    const renewed = await eventually(
      async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body,
      (all) => all.every(({ fingerprintSha256 }) => fingerprintSha256 !== first.fingerprintSha256),
    )
    expect(renewed).toHaveLength(12)
    const steps = async () => {
      const lines = [system.configApi, other].flatMap(({ output }) => output.split('"event":"plan-step"').slice(1))
      return lines.length
    }
    await eventually(steps, (count) => count >= 36)
    expect([await steps(), issuer.orders.length]).toEqual([36, 12])
  })
})
