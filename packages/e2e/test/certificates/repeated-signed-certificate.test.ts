import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Certificate, Requested } from '../support/wire.ts'

let ca: TestCa
let system: SharedSystem
let tenant: Tenant
const spec = { keyType: 'EC-P256', subject: { commonName: 'made here' } }

beforeAll(async () => {
  ca = await (await createCa()).createIntermediate('Test Issuer')
  system = await sharedSystem()
})

afterAll(() => system?.stop())

/** Where a signed certificate goes, and what is to be signed. */
interface Waiting {
  readonly path: string
  readonly csr: string
}

async function ask(below: string, body: object): Promise<Requested> {
  const made = await tenant.api.json<Requested>('POST', tenant.path(below), body)
  mustBe(201, made)
  return made.body
}

async function firstRequest(): Promise<Waiting> {
  const { certificate, csr } = await ask('certificates/csr', { name: 'c1', ...spec })
  return { path: tenant.path(`certificates/${certificate.id}/signed-certificate`), csr }
}

async function renewal(): Promise<Waiting> {
  const { id } = await tenant.saveCertificate('c1', await ca.issue({ commonName: 'old' }))
  const { csr } = await ask(`certificates/${id}/staged/csr`, spec)
  return { path: tenant.path(`certificates/${id}/staged/signed-certificate`), csr }
}

const put = (path: string, chain: readonly string[], headers: Record<string, string> = {}) =>
  tenant.api.json<Certificate>('PUT', path, { certificate: chain.join('') }, headers)

const changes = async () => (await tenant.api.json<unknown[]>('GET', tenant.path('audit'))).body

beforeEach(async () => {
  tenant = await system.newTenant()
})

describe.each([
  { place: 'signed-certificate', request: firstRequest },
  { place: 'staged/signed-certificate', request: renewal },
])('what a CA has signed, sent to $place once more', ({ request }) => {
  it('is answered as the first time and changes nothing, in any order and with the tag of before', async () => {
    const { path, csr } = await request()
    const { certificate, chain } = await ca.signRequest(csr)
    const revision = (await changes()).length
    const headers = { 'if-match': `"${revision}"` }
    const first = await put(path, [certificate, ...chain], headers)
    mustBe(200, first)
    const before = await changes()
    expect(before).toHaveLength(revision + 1)

    expect(await put(path, [certificate, ...chain], headers)).toMatchObject({ status: 200, body: first.body })
    expect(await put(path, [...chain, certificate])).toMatchObject({ status: 200, body: first.body })
    expect(await changes()).toEqual(before)
  })

  it('many times at the same moment completes the request once, and each is answered alike', async () => {
    const { path, csr } = await request()
    const { certificate, chain } = await ca.signRequest(csr)
    const before = (await changes()).length
    const answers = await Promise.all(Array.from({ length: 6 }, () => put(path, [certificate, ...chain])))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await changes()).toHaveLength(before + 1)
  })

  it('is refused where it is another certificate, has another chain or is none, and nothing is changed', async () => {
    const { path, csr } = await request()
    const { certificate, chain } = await ca.signRequest(csr)
    mustBe(200, await put(path, [certificate, ...chain]))
    const before = await changes()
    const again = await ca.signRequest(csr)
    const stranger = await ca.issue({ commonName: 'of another key' })
    const others = [[again.certificate, ...chain], [certificate], [stranger.certificate, ...chain], ['no PEM']]
    for (const other of others) expectProblem(await put(path, other), 409, 'NO_PENDING_REQUEST')
    expect(await changes()).toEqual(before)
  })

  it('with an Idempotency-Key that was sent with another request is refused', async () => {
    const { path, csr } = await request()
    const { certificate, chain } = await ca.signRequest(csr)
    const key = { 'idempotency-key': 'once' }
    mustBe(200, await put(path, [certificate, ...chain], key))
    expect(await put(path, [certificate, ...chain], key)).toMatchObject({ status: 200 })
    expectProblem(await put(path, [...chain, certificate], key), 422, 'IDEMPOTENCY_KEY_REUSED')
  })
})
