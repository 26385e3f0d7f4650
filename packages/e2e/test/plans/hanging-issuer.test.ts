import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

const hourMs = 3_600_000
/** What happens within minutes does not hang. */
const hangsMs = 180_000
/** As many as there are steps at once, in all. */
const accounts = 12
/** Many more than one account may have at once. */
const ofFirst = 20

describe('an issuer', () => {
  let target: TestTarget
  let issuer: TestIssuer
  let system: System

  beforeEach(async () => {
    target = await startTestTarget()
    const local = { name: 'local', kind: 'local', description: 'A CA of your own', accounts: 'all', lifetime: '90d' }
    issuer = await TestIssuer.open(target.clientCa, 7_200, [local])
    system = await System.start({ targets: [target, issuer], configApiOnly: true, configApiEnv: issuer.env })
  })

  afterEach(async () => {
    await system?.stop()
    await target?.close()
    await issuer?.close()
  })

  /** In the middle of its lifetime, so that a plan is due at once. */
  async function renew(tenant: Tenant, profile: string, names: readonly string[]): Promise<readonly Certificate[]> {
    const validity = { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + hourMs) }
    const certificates = await tenant.saveCertificates(
      names,
      await target.clientCa.issue({ commonName: 'c', ...validity }),
    )
    for (const { id } of certificates) {
      mustBe(200, await tenant.api.json('PUT', tenant.path(`certificates/${id}/plan`), { profile, renewAt: 0.1 }))
    }
    return certificates
  }

  const list = async (tenant: Tenant, query: string) =>
    (await tenant.api.json<Certificate[]>('GET', tenant.path(`certificates?${query}`))).body
  /** What another CA has signed waits for a person. */
  const isIssued = ({ waitsFor }: Plan) => waitsFor === 'differences'
  const planOf = async (tenant: Tenant, [certificate]: readonly Certificate[]) =>
    (await tenant.api.json<Plan>('GET', tenant.path(`certificates/${certificate?.id}/plan`))).body

  it('that never answers keeps no plan of another issuer waiting, of whichever account, and is asked by few', async () => {
    issuer.behave({ mode: 'hangs' })
    const [first, other, ...others] = await Promise.all(Array.from({ length: accounts + 1 }, () => system.newTenant()))
    if (!first || !other) throw new Error('they were made')
    const names = Array.from({ length: ofFirst }, (_, index) => `hanging-${index}`)
    await Promise.all(others.map((tenant) => renew(tenant, 'test', ['hanging'])))
    await renew(first, 'test', names)
    await eventually(
      async () => issuer.orders.length,
      (orders) => orders > 0,
    )
    const elsewhere = await renew(other, 'local', ['elsewhere'])
    await eventually(() => planOf(other, elsewhere), isIssued)
    const beside = await renew(first, 'local', ['beside'])
    await eventually(() => planOf(first, beside), isIssued)
    expect(issuer.orders.length).toBeLessThan(accounts)
    const told = await eventually(
      async () => (await Promise.all([first, ...others].map((tenant) => list(tenant, 'plan=failing')))).flat(),
      ({ length }) => length > 0,
      hangsMs,
    )
    expect(told[0]?.plan?.lastFailure).toMatchObject({ step: 'order', code: 'ISSUER_UNREACHABLE' })
  }, 480_000)

  it('that answers all accounts but one takes the orders of the others meanwhile', async () => {
    const [hanging, first, second] = await Promise.all(Array.from({ length: 3 }, () => system.newTenant()))
    if (!hanging || !first || !second) throw new Error('they were made')
    issuer.behave({ hangsFor: hanging.id })
    const names = Array.from({ length: ofFirst }, (_, index) => `hanging-${index}`)
    await renew(hanging, 'test', names)
    await eventually(
      async () => issuer.orders.length,
      (orders) => orders > 1,
    )
    const expectRenewed = async (tenant: Tenant) => {
      const saved = await renew(tenant, 'test', ['answered'])
      const isOver = ([each]: readonly Certificate[]) =>
        each?.serialNumber !== saved[0]?.serialNumber || each?.plan?.lastFailure !== null
      const [renewed] = await eventually(() => list(tenant, ''), isOver, hangsMs)
      expect(renewed?.plan?.lastFailure).toBeNull()
    }
    await expectRenewed(first)
    const isFailing = ({ length }: readonly Certificate[]) => length > 0
    await eventually(() => list(hanging, 'plan=failing'), isFailing, hangsMs)
    await expectRenewed(second)
  }, 480_000)

  it('that takes its time gets the orders of an account one after the other, and turns none away', async () => {
    issuer.behave({ answersAfterMs: 3_000 })
    const tenant = await system.newTenant()
    const names = Array.from({ length: 8 }, (_, index) => `slow-${index}`)
    const [saved] = await renew(tenant, 'test', names)
    await eventually(
      () => list(tenant, ''),
      (all) => all.every(({ serialNumber }) => serialNumber !== saved?.serialNumber),
      hangsMs,
    )
    expect(issuer.orders).toHaveLength(names.length)
    const metrics = await (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
    expect(metrics).toContain('bulkhead_refused_total{pool="issuer-orders"} 0\n')
  }, 480_000)
})
