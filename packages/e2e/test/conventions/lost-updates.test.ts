import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { promotion } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, mustBe, type Tenant } from '../support/tenant.ts'

let system: SharedSystem
let tenant: Tenant
let identity: IssuedCertificate

beforeAll(async () => {
  identity = await (await createCa()).issue({ commonName: 'client' })
  system = await sharedSystem()
  tenant = await system.newTenant()
})

afterAll(() => system?.stop())

/** The ETag of a certificate, a mapping or a list. */
async function tagOf(path: string): Promise<string> {
  const { headers } = await tenant.api.json('GET', tenant.path(path))
  return String(headers.etag)
}

const change = (method: string, path: string, tag: string, body?: unknown) =>
  tenant.api.json(method, tenant.path(path), body, { 'if-match': tag })

describe('If-Match', () => {
  it('lets one of two who change the same mapping through', async () => {
    const { mapping } = await tenant.onboard(identity, 'https://a.example/1')
    const path = `mappings/${mapping.id}`
    const tag = await tagOf(path)
    expect(tag).toMatch(/^"\d+"$/)
    expect(await change('PUT', path, tag, { ...mapping, name: 'first' })).toMatchObject({ status: 200 })
    expectProblem(await change('PUT', path, tag, { ...mapping, name: 'second' }), 412, 'PRECONDITION_FAILED')
    expectProblem(await change('DELETE', path, tag), 412, 'PRECONDITION_FAILED')
    expect(await tenant.api.json('GET', tenant.path(path))).toMatchObject({ body: { name: 'first' } })
    expect(await tagOf(path)).not.toBe(tag)
  })

  it('looks at the one that is changed, not at its neighbours', async () => {
    const [one, other] = await tenant.saveCertificates(['n1', 'n2'], identity)
    const tag = await tagOf(`certificates/${one?.id}`)
    expect(await change('DELETE', `certificates/${other?.id}`, '*')).toMatchObject({ status: 200 })
    expect(await change('DELETE', `certificates/${one?.id}`, tag)).toMatchObject({ status: 200 })
  })

  it('of a list is held against any change of the account', async () => {
    const tag = await tagOf('certificates')
    const entries = (name: string) => [certificateEntry(name, identity)]
    expect(await change('POST', 'certificates', tag, entries('l1'))).toMatchObject({ status: 201 })
    const late = await change('POST', 'certificates', tag, entries('l2'))
    expect(late).toMatchObject({
      status: 412,
      body: { failedSaveToVaultCertificates: [{ name: 'l2', code: 'PRECONDITION_FAILED' }] },
    })
    const { body } = await tenant.api.json<readonly { name: string }[]>('GET', tenant.path('certificates'))
    expect(body.map(({ name }) => name)).not.toContain('l2')
  })

  it('lets one of two who stage a version through; that a change is not possible any more comes before it', async () => {
    const { id } = await tenant.saveCertificate('r1', identity)
    const path = `certificates/${id}`
    const { p12, password } = certificateEntry('', identity)
    const tag = await tagOf(path)
    const stage = () => change('POST', `${path}/staged`, tag, { p12, password })
    const [one, other] = await Promise.all([stage(), stage()])
    const [first, second] = one.status === 201 ? [one, other] : [other, one]
    mustBe(201, first)
    expectProblem(second, 412, 'PRECONDITION_FAILED')
    const next = await tagOf(path)
    mustBe(200, await change('POST', `${path}/${promotion}`, next))
    expectProblem(await change('POST', `${path}/${promotion}`, next), 404, 'STAGED_NOT_FOUND')
  })

  it('never matches a weak tag, or one that is none of ours', async () => {
    const certificate = await tenant.saveCertificate('w1', identity)
    const path = `certificates/${certificate.id}`
    const tag = await tagOf(path)
    for (const wrong of [`W/${tag}`, '"0"', 'nonsense']) {
      expectProblem(await change('DELETE', path, wrong), 412, 'PRECONDITION_FAILED')
    }
    expect(await change('DELETE', path, `"0", ${tag}`)).toMatchObject({ status: 200 })
  })
})
