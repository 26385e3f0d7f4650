import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

describe('a mapping', () => {
  let identity: IssuedCertificate
  let system: SharedSystem

  beforeAll(async () => {
    identity = await (await createCa()).issue({ commonName: 'mapped' })
    system = await sharedSystem()
  })

  afterAll(() => system?.stop())

  async function startWithOne(url = 'https://target.example/a') {
    const tenant = await system.newTenant()
    const { certificate, mapping } = await tenant.onboard(identity, url)
    return { tenant, certificationId: certificate.id, mapping }
  }

  async function refusedCode(tenant: Tenant, mapping: object): Promise<{ status: number; text: string }> {
    const { status, body } = await tenant.api.json('POST', tenant.path('mappings'), [{ enable: true, ...mapping }])
    const list = await tenant.api.json<unknown[]>('GET', tenant.path('mappings'))
    expect(list.body).toHaveLength(1)
    return { status, text: JSON.stringify(body) }
  }

  it.each([
    ['as it is', 'https://target.example/a'],
    ['with the scheme in capitals', 'HTTPS://target.example/a'],
    ['with the host in capitals', 'https://TARGET.example/a'],
    ['with the default port', 'https://target.example:443/a'],
    ['with a fragment', 'https://target.example/a#part'],
  ])('exists once for a service and a url, written %s', async (_, url) => {
    const { tenant, certificationId } = await startWithOne()
    const refused = await refusedCode(tenant, { certificationId, serviceId: 'IDP', url, name: 'second' })
    expect(refused).toEqual({ status: 409, text: expect.stringContaining('MAPPING_ALREADY_EXISTS') })
  })

  it('of an empty path is that of the root', async () => {
    const { tenant, certificationId } = await startWithOne('https://target.example')
    const url = 'https://target.example/'
    const refused = await refusedCode(tenant, { certificationId, serviceId: 'IDP', url, name: 'second' })
    expect(refused).toEqual({ status: 409, text: expect.stringContaining('MAPPING_ALREADY_EXISTS') })
  })

  it('stands beside one of another query, path case, service or account', async () => {
    const { tenant, certificationId } = await startWithOne()
    const others = [
      { serviceId: 'IDP', url: 'https://target.example/a?q' },
      { serviceId: 'IDP', url: 'https://target.example/A' },
      { serviceId: 'FAAS', url: 'https://target.example/a' },
    ]
    const body = others.map((other, index) => ({ ...other, certificationId, enable: true, name: `other ${index}` }))
    expect((await tenant.api.json('POST', tenant.path('mappings'), body)).status).toBe(201)
    await startWithOne()
  })

  it('has a name of its own', async () => {
    const { tenant, certificationId, mapping } = await startWithOne()
    const url = 'https://target.example/b'
    const refused = await refusedCode(tenant, { certificationId, serviceId: 'IDP', url, name: mapping.name })
    expect(refused).toEqual({ status: 409, text: expect.stringContaining('MAPPING_NAME_TAKEN') })
  })

  it('names a certificate of its account', async () => {
    const { tenant } = await startWithOne()
    const other = await startWithOne()
    const url = 'https://target.example/b'
    const foreign = { certificationId: other.certificationId, serviceId: 'IDP', url, name: 'foreign' }
    const refused = await refusedCode(tenant, foreign)
    expect(refused.text).toContain('MAPPING_CERTIFICATE_UNKNOWN')
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
  })

  it('is of the account of the path', async () => {
    const { tenant, certificationId } = await startWithOne()
    const url = 'https://target.example/b'
    const elsewhere = { certificationId, serviceId: 'IDP', url, name: 'elsewhere', siteId: 'someoneElse' }
    const refused = await refusedCode(tenant, elsewhere)
    expect(refused).toEqual({ status: 400, text: expect.stringContaining('SITE_ID_MISMATCH') })
  })

  it('has the id of its path', async () => {
    const { tenant, mapping } = await startWithOne()
    const body = { ...mapping, id: mapping.id + 1 }
    const refused = await tenant.api.json('PUT', tenant.path(`mappings/${mapping.id}`), body)
    expectProblem(refused, 400, 'MAPPING_ID_MISMATCH')
  })

  it('ignores fields that it does not know', async () => {
    const { tenant, certificationId } = await startWithOne()
    const mapping = { certificationId, serviceId: 'IDP', url: 'https://b.example/', name: 'b', enable: true, x: {} }
    const made = await tenant.api.json('POST', tenant.path('mappings'), [mapping])
    expect(made.status).toBe(201)
    expect(made.body).not.toMatchObject([{ x: {} }])
  })

  it('takes another certificate by a change', async () => {
    const { tenant, mapping } = await startWithOne()
    const second = await tenant.saveCertificate('c2', identity)
    const changed = await tenant.api.json('PUT', tenant.path('mappings'), [{ ...mapping, certificationId: second.id }])
    expect(changed).toMatchObject({ status: 200, body: [{ id: mapping.id, certificationId: String(second.id) }] })
  })
})
