import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Plan } from '@mtls-gateway/contract'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

const hourMs = 3_600_000
/** What is told after minutes at most does not hang. */
const hangsMs = 180_000
/** As many as there are steps at once, in all. */
const accounts = 12
/** Many more than one account may have at once. */
const ofFirst = 20

describe('an issuer that takes orders and never answers', () => {
  let target: TestTarget
  let issuer: TestIssuer
  let system: System

  beforeAll(async () => {
    target = await startTestTarget()
    const local = { name: 'local', kind: 'local', description: 'A CA of your own', accounts: 'all', lifetime: '90d' }
    issuer = await TestIssuer.open(target.clientCa, 7_200, [local])
    issuer.behave({ mode: 'hangs' })
    system = await System.start({ targets: [target, issuer], configApiOnly: true, configApiEnv: issuer.env })
  })

  afterAll(async () => {
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

  it('keeps no plan of another issuer waiting, of whichever account, and is asked by few', async () => {
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
    expect(issuer.orders.length).toBeLessThan(accounts / 2)
    // Without an order of their own.
    const told = await eventually(
      () => list(first, 'plan=failing'),
      ({ length }) => length === ofFirst,
      hangsMs,
    )
    expect(told[0]?.plan?.lastFailure).toMatchObject({ step: 'order', code: 'ISSUER_UNREACHABLE' })
    for (const tenant of others) {
      await eventually(
        () => list(tenant, 'plan=failing'),
        ({ length }) => length === 1,
        hangsMs,
      )
    }
    expect(issuer.orders.length).toBeLessThan(ofFirst)
  }, 480_000)
})
