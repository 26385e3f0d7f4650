import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

describe('deleting a certificate while it is mapped', () => {
  let identity: IssuedCertificate
  let system: SharedSystem

  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'raced' })
    system = await sharedSystem()
  })

  afterAll(() => system?.stop())

  // 500 in all, in parts: each has a limit of time of its own, which a busy machine needs.
  it.each([1, 2, 3, 4, 5])('never leaves a dangling mapping in 100 races, part %i of 5', async () => {
    const outcomes = (await Promise.all(Array.from({ length: 25 }, () => raceInOneAccount(4)))).flat()
    expect(outcomes).toHaveLength(100)
    expect(outcomes.filter((outcome) => outcome !== 'deleted' && outcome !== 'mapped')).toEqual([])
    expect(new Set(outcomes)).toEqual(new Set(['deleted', 'mapped']))
  })

  /** Who won each race; anything else is the pair of statuses. */
  async function raceInOneAccount(races: number): Promise<string[]> {
    const tenant = await system.newTenant()
    const outcomes: string[] = []
    let certificate: Certificate | undefined
    for (let round = 0; round < races; round++) {
      // One that survived its race runs in the next.
      certificate ??= await tenant.saveCertificate('c1', identity)
      const { outcome, mapping } = await race(tenant, certificate.id, round)
      outcomes.push(outcome)
      await expectNothingDangling(tenant, outcome)
      if (mapping === undefined) certificate = undefined
      else mustBe(200, await tenant.api.json('DELETE', tenant.path(`mappings/${mapping.id}`)))
    }
    return outcomes
  }
})

interface Race {
  readonly outcome: string
  readonly mapping?: Mapping
}

async function race(tenant: Tenant, certificationId: number, round: number): Promise<Race> {
  const mapping = { certificationId, serviceId: 'IDP', enable: true, url: 'https://target.example/', name: 'm1' }
  const map = () => tenant.api.json<Mapping[]>('POST', tenant.path('mappings'), [mapping])
  const remove = () => tenant.api.json('DELETE', tenant.path(`certificates/${certificationId}`))
  // Taking turns in who starts, so that both sides win some.
  const removedFirst = round % 2 === 0 ? remove() : undefined
  const [mapped, removed] = await Promise.all([map(), removedFirst ?? remove()])
  const [made] = mapped.status === 201 ? mapped.body : []
  if (made !== undefined && removed.status === 409) return { outcome: 'mapped', mapping: made }
  if (removed.status === 200 && mapped.status >= 400 && mapped.status < 500) return { outcome: 'deleted' }
  return { outcome: `map ${mapped.status}, delete ${removed.status}` }
}

async function expectNothingDangling(tenant: Tenant, outcome: string): Promise<void> {
  const certificates = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
  const mappings = await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))
  const left = outcome === 'mapped' ? 1 : 0
  expect(certificates.body).toHaveLength(left)
  expect(mappings.body).toHaveLength(left)
}
