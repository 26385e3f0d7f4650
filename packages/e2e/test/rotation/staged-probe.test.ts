import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type ApiResponse, type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping, Probe, ProbeResult } from '../support/wire.ts'

let target: TestTarget
let other: TestTarget
let system: SharedSystem
let current: IssuedCertificate
let next: IssuedCertificate
let tenant: Tenant
let onboarded: Mapping
let rotation: Rotation

beforeAll(async () => {
  system = await sharedSystem()
  ;[target, other] = await Promise.all([system.startTarget(), system.startTarget()])
  current = await target.clientCa.issue({ commonName: 'current' })
  next = await target.clientCa.issue({ commonName: 'next' })
})

afterAll(async () => {
  await system?.stop()
  await Promise.all([target?.close(), other?.close()])
})

beforeEach(async () => {
  tenant = await system.newTenant()
  const { certificate, mapping } = await tenant.onboard(current, `${target.url}/one`)
  onboarded = mapping
  rotation = new Rotation(tenant, certificate.id)
  mustBe(201, await rotation.stage(next))
  target.clear()
})

const probe = (body?: object): Promise<ApiResponse<Probe>> => rotation.post<Probe>('staged/probe', body)

async function map(name: string, url: string, more: object = {}) {
  const { id } = await rotation.get()
  return tenant.map({ certificationId: id, serviceId: 'IDP', url, name, ...more })
}

function byName({ results }: Probe, name: string): ProbeResult | undefined {
  return results.find(({ mappings }) => mappings.some((mapping) => mapping.name === name))
}

describe('a probe', () => {
  it('calls each mapped url with the staged version, and keeps with it what came of it', async () => {
    const { id } = await map('m2', `${target.url}/status/503`)
    const probed = await probe()
    expect(probed).toMatchObject({
      status: 200,
      body: {
        ok: true,
        results: [
          { url: `${target.url}/one`, result: 'ok', status: 200, mappings: [{ name: 'm1' }], error: null },
          { url: `${target.url}/status/503`, result: 'ok', status: 503, mappings: [{ name: 'm2' }] },
        ],
        kept: 'results',
      },
    })
    const seen = target.seen.map(({ method, clientCertificate }) => [method, clientCertificate?.commonName])
    expect(seen).toEqual([
      ['HEAD', 'next'],
      ['HEAD', 'next'],
    ])
    const { staged } = await rotation.get()
    const accepted = { result: 'ok', clientCertificate: 'accepted', code: null }
    expect(staged?.lastProbe).toEqual({
      ok: true,
      at: expect.stringMatching(/Z$/),
      results: [
        { url: `${target.url}/one`, mappingId: onboarded.id, status: 200, ...accepted },
        { url: `${target.url}/status/503`, mappingId: id, status: 503, ...accepted },
      ],
      omitted: 0,
    })
    const { body: audit } = await tenant.api.json<{ action: string }[]>('GET', tenant.path('audit'))
    const actions = ['certificates.probe-succeeded', 'certificates.use-key-to-probe']
    expect(audit.slice(0, 2).map(({ action }) => action)).toEqual(actions)
    expect(await rotation.post(promotion)).toMatchObject({ status: 200, body: { subject: 'CN=next' } })
  })

  it('that fails at one url hinders the promote, unless it is forced', async () => {
    await map('refusing', `${other.url}/`)
    const { id } = await map('down', 'https://localhost:1/')
    const { body } = await probe()
    expect(body.ok).toBe(false)
    expect(byName(body, 'm1')).toMatchObject({ result: 'ok' })
    expect(byName(body, 'refusing')).toMatchObject({
      result: 'failed',
      acceptableIssuers: [expect.stringMatching(/^CN=/)],
    })
    expect(byName(body, 'down')).toMatchObject({ result: 'failed', error: { code: 'ECONNREFUSED' } })
    const { staged, promotion: told } = await rotation.get()
    const { lastProbe } = staged ?? {}
    expect(lastProbe).toMatchObject({ ok: false, results: { length: 3 } })
    expect(told).toMatchObject({
      left: 3,
      mappings: [{ state: 'tested', since: lastProbe?.at }, { state: 'waiting', since: null }, { state: 'waiting' }],
    })
    const failures = lastProbe?.results.filter(({ result }) => result === 'failed') ?? []
    expect(lastProbe?.results.slice(0, 2)).toEqual(failures)
    expect(failures).toContainEqual({
      url: 'https://localhost:1/',
      mappingId: id,
      result: 'failed',
      status: null,
      clientCertificate: 'unknown',
      code: 'ECONNREFUSED',
    })
    expectProblem(await rotation.post(promotion), 409, 'STAGED_PROBE_FAILED')
    expectProblem(await rotation.post(`${promotion}&force=false`), 409, 'STAGED_PROBE_FAILED')
    expect(await rotation.post(`${promotion}&force=true`)).toMatchObject({ status: 200 })
  })

  it('that failed is forgotten with what was staged then', async () => {
    await map('down', 'https://localhost:1/')
    expect((await probe()).body.ok).toBe(false)
    mustBe(201, await rotation.stage(next))
    expect((await rotation.get()).staged?.lastProbe).toBeNull()
    expect(await rotation.post(promotion)).toMatchObject({ status: 200 })
  })

  it('skips patterns unless urls stand for them, and what is disabled', async () => {
    await map('pattern', `${target.url}/all/*`)
    await map('off', `${target.url}/off`, { enable: false })
    const { body } = await probe()
    expect(body.ok).toBe(true)
    expect(byName(body, 'pattern')).toMatchObject({ result: 'skipped', explanation: expect.stringMatching(/urls/) })
    expect(byName(body, 'off')).toMatchObject({ result: 'skipped', explanation: expect.stringMatching(/disabled/) })
    const urls = [`${target.url}/all/a`, `${target.url}/all/b?c=d`]
    target.clear()
    const named = await probe({ urls, method: 'POST' })
    expect(named.body.ok).toBe(true)
    const tried = named.body.results.filter(({ result }) => result === 'ok').map(({ url }) => url)
    expect(tried).toEqual([`${target.url}/one`, ...urls])
    expect(target.seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
    expectProblem(await probe({ urls: [`${target.url}/elsewhere`] }), 400, 'VALIDATION_FAILED')
  })

  it('verifies a target as the mapping says', async () => {
    const spkiPins = ['sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=']
    await map('pinned', `${target.url}/pinned`, { targetTrust: { spkiPins } })
    await map('known', `${target.url}/known`, { targetTrust: { caCertificates: target.ca } })
    const { body } = await probe()
    expect(byName(body, 'pinned')).toMatchObject({ result: 'failed', error: { code: 'TARGET_PIN_MISMATCH' } })
    expect(byName(body, 'known')).toMatchObject({ result: 'ok' })
  })

  it('tells by the mapping which trust a url was tried with that is mapped with two', async () => {
    const url = `${target.url}/twice`
    const spkiPins = ['sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=']
    const pinned = await map('pinned', url, { targetTrust: { spkiPins } })
    const known = await map('known', url, { serviceId: 'FAAS' })
    await probe()
    const { staged, promotion: told } = await rotation.get()
    const states = new Map(told?.mappings.map(({ id, state }) => [id, state]))
    expect([states.get(pinned.id), states.get(known.id)]).toEqual(['waiting', 'tested'])
    const results = staged?.lastProbe?.results.filter((each) => each.url === url)
    expect(results).toMatchObject([
      { mappingId: pinned.id, result: 'failed', code: 'TARGET_PIN_MISMATCH' },
      { mappingId: known.id, result: 'ok' },
    ])
  })

  it('tries 40 urls', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => map(`slow${n}`, `${target.url}/slow?ms=200&n=${n}`)))
    const { body } = await probe()
    expect(body).toMatchObject({ ok: true, results: { length: 41 } })
  })

  it('is made once with an Idempotency-Key; sent again it is answered with how it ended, whatever was probed since', async () => {
    const once = (body?: object) =>
      tenant.api.json<Probe>('POST', rotation.path('staged/probe'), body, { 'idempotency-key': 'once' })
    const first = await once({ method: 'POST' })
    expect(first).toMatchObject({ status: 200, body: { ok: true, results: [{ result: 'ok' }] } })
    await map('down', 'https://localhost:1/')
    expect((await probe()).body.ok).toBe(false)
    expect(await once({ method: 'POST' })).toMatchObject({ status: 200, body: { ok: true, results: [], kept: null } })
    expectProblem(await once(), 422, 'IDEMPOTENCY_KEY_REUSED')
    expect(target.seen.map(({ method }) => method)).toEqual(['POST', 'HEAD'])
    expect((await rotation.get()).staged?.lastProbe).toMatchObject({ ok: false })
    mustBe(200, await rotation.post(`${promotion}&force=true`))
    expect(await once({ method: 'POST' })).toMatchObject({ status: 200, body: { ok: true, results: [], kept: null } })
  })

  it('of nothing that is mapped uses no key and says so', async () => {
    const { body: mappings } = await tenant.api.json<{ id: number }[]>('GET', tenant.path('mappings'))
    for (const { id } of mappings) mustBe(200, await tenant.api.json('DELETE', tenant.path(`mappings/${id}`)))
    expect(await probe()).toMatchObject({ status: 200, body: { ok: null, results: [], kept: 'nothing' } })
    expect((await rotation.get()).staged?.lastProbe).toBeNull()
  })

  it('is refused where there is nothing that can be tried', async () => {
    mustBe(201, await rotation.post('staged/csr', { subject: { commonName: 'waits' } }))
    expectProblem(await probe(), 409, 'STAGED_PENDING')
    mustBe(200, await rotation.delete('staged'))
    expectProblem(await probe(), 404, 'STAGED_NOT_FOUND')
    expectProblem(await probe({ method: 'TRACE' }), 400, 'VALIDATION_FAILED')
    expectProblem(await probe({ urls: Array(101).fill(target.url) }), 400, 'LIMIT_EXCEEDED')
  })
})
