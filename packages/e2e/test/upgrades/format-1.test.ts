import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiResponse,
  createCa,
  type EchoedRequest,
  type MtlsTarget,
  startMtlsTarget,
} from '@mtls-gateway/test-kit'
import { root } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { AppKey, Certificate, Mapping } from '../support/wire.ts'

const data = `${root}packages/e2e/test/fixtures/stored-format-1`

interface Facts {
  readonly appKey: AppKey
  readonly certificate: number
  /** Fingerprints. */
  readonly identities: Readonly<Record<'first' | 'second' | 'third', string>>
  readonly ca: string
}

interface Change {
  readonly revision: number
}

const facts: Facts = JSON.parse(readFileSync(`${data}/facts.json`, 'utf8'))

describe('data of format 1, as release 0.2.0 has written it', () => {
  let target: MtlsTarget
  let system: System
  let tenant: Tenant
  let rotation: Rotation

  beforeAll(async () => {
    const serverCa = await createCa()
    const serverIdentity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    target = await startMtlsTarget({ serverIdentity, clientCa: facts.ca })
    system = await System.start({ data, targets: [target] })
    tenant = await system.newTenant('stored')
    rotation = new Rotation(tenant, facts.certificate)
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const get = async <T>(below: string, from = tenant) => {
    const got = await from.api.json<T>('GET', from.path(below))
    mustBe(200, got)
    return got.body
  }
  const url = () => `https://localhost:${target.port}/`
  const presented = (fingerprint: string) => {
    const caller = system.toForwarderApi({ oauth1: facts.appKey })
    return eventually(
      () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url())),
      ({ status, body }) => status === 200 && body.clientCertificate?.fingerprint256 === fingerprint,
    )
  }

  it('is read', async () => {
    const { first, second, third } = facts.identities
    const certificates = await get<readonly Certificate[]>('certificates')
    expect(certificates).toHaveLength(2)
    expect(certificates).toContainEqual(expect.objectContaining({ name: 'requested' }))
    expect(await rotation.get()).toMatchObject({
      fingerprintSha256: second,
      staged: { fingerprintSha256: third },
      previous: { fingerprintSha256: first },
    })
    const mappings = await get<readonly Mapping[]>('mappings')
    expect(mappings.map(({ name }) => name).sort()).toEqual(['m1', 'trusting'])
    expect(await get('settings')).toEqual({
      unmappedCalls: 'refuse',
      publishKeys: false,
      webhook: { url: 'https://hooks.example/expiry' },
      notices: [],
      approvals: null,
    })
  })

  it('has its whole audit trail', async () => {
    const revisions: number[] = []
    for (let next: string | undefined = '?limit=100'; next !== undefined; ) {
      const page: ApiResponse<readonly Change[]> = await tenant.api.json<readonly Change[]>(
        'GET',
        tenant.path(`audit${next}`),
      )
      mustBe(200, page)
      revisions.push(...page.body.map(({ revision }) => revision))
      next = /<(\?.*)>/.exec(String(page.headers.link))?.[1]
    }
    expect(revisions).toEqual(Array.from({ length: revisions.length }, (_, n) => revisions.length - n))
    expect(revisions.length).toBeGreaterThan(200)
  })

  it('is changed, and its app keys and certificates make calls', async () => {
    await tenant.map({ certificationId: facts.certificate, serviceId: 'IDP', url: url(), name: 'new' })
    await presented(facts.identities.second)
    mustBe(200, await rotation.post(promotion))
    await presented(facts.identities.third)
    mustBe(200, await rotation.post('rollback'))
    await presented(facts.identities.second)
  })

  it('is changed where it is in blocks', async () => {
    const large = await system.newTenant('stored-large')
    const [certificate] = await get<readonly Certificate[]>('certificates', large)
    const entry = { serviceId: 'IDP', url: url(), name: 'new' }
    await large.map({ ...entry, certificationId: certificate?.id ?? 0 })
    const mappings = await get<readonly Mapping[]>('mappings', large)
    expect(mappings).toHaveLength(401)
    const old = mappings.find(({ name }) => name === 'm3-99')
    mustBe(200, await large.api.json('DELETE', large.path(`mappings/${old?.id}`)))
    expect(await get<readonly Mapping[]>('mappings', large)).toHaveLength(400)
  })

  it('needs no operator at the next start', async () => {
    expect(await system.stopConfigApi()).toBe(0)
    expect(await system.stopForwarderApi()).toBe(0)
    await Promise.all([system.startConfigApi(), system.startForwarderApi()])
    tenant = await system.newTenant('stored')
    expect(await get<readonly Mapping[]>('mappings')).toHaveLength(3)
    await presented(facts.identities.second)
  })
})
