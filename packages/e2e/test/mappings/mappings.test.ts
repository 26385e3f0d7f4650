import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

const paths = [
  { at: 'mappings', list: (id: string) => `/mtls/account/${id}/mappings`, query: '' },
  { at: 'ac-common', list: (id: string) => `/api/account/${id}/configuration/ac-common/mtls`, query: '?v=3.0' },
]

let identity: IssuedCertificate
let system: SharedSystem

beforeAll(async () => {
  identity = await (await createCa()).issue({ commonName: 'mapped' })
  system = await sharedSystem()
})

afterAll(() => system?.stop())

describe.each(paths)('mappings at $at', ({ list, query }) => {
  const url = (path: string) => `https://target.example${path}`
  const all = (tenant: Tenant) => `${list(tenant.id)}${query}`
  const one = (tenant: Tenant, id: number | undefined) => `${list(tenant.id)}/${id}${query}`

  async function start() {
    const tenant = await system.newTenant()
    const { id: certificationId } = await tenant.saveCertificate('c1', identity)
    return { tenant, certificationId }
  }

  async function startWithTwo() {
    const { tenant, certificationId } = await start()
    const { body } = await tenant.api.json<Mapping[]>('POST', all(tenant), [
      { certificationId, serviceId: 'IDP', enable: true, url: url('/a'), siteId: tenant.id, name: 'a' },
      { certificationId, serviceId: 'IDP', enable: true, url: url('/b'), siteId: tenant.id, name: 'b' },
    ])
    const [a, b] = body
    if (a === undefined || b === undefined) throw new Error('two mappings should have been made')
    return { tenant, certificationId, a, b }
  }

  it('are answered in the wire form when they are made', async () => {
    const { tenant, certificationId } = await start()
    const made = await tenant.api.json<Mapping[]>('POST', all(tenant), [
      { certificationId, serviceId: 'IDP', enable: true, url: url('/x?a=1'), siteId: tenant.id, name: 'm1' },
    ])
    expect(made).toMatchObject({
      status: 201,
      body: [
        {
          id: expect.any(Number),
          deleted: false,
          url: url('/x?a=1'),
          enable: true,
          serviceId: '1',
          siteId: tenant.id,
          name: 'm1',
          certificationId: String(certificationId),
        },
      ],
    })
    const id = made.body[0]?.id
    expect(await tenant.api.json('GET', all(tenant))).toMatchObject({ status: 200, body: made.body })
    expect(await tenant.api.json('GET', one(tenant, id))).toMatchObject({ status: 200, body: { id, name: 'm1' } })
  })

  it('take a service by name, by number and by a number in quotes, and ids as strings', async () => {
    const { tenant, certificationId } = await start()
    const entries = ['WEBHOOKS', 2, '2'].map((serviceId, index) => {
      const name = `m${index}`
      return { certificationId: String(certificationId), serviceId, enable: true, url: url(`/${index}`), name }
    })
    const made = await tenant.api.json<Mapping[]>('POST', all(tenant), entries)
    expect(made.status).toBe(201)
    expect(made.body.map(({ serviceId }) => serviceId)).toEqual(['2', '2', '2'])
  })

  it('are changed one by one', async () => {
    const { tenant, a } = await startWithTwo()
    const changed = await tenant.api.json('PUT', one(tenant, a.id), { ...a, enable: false, colour: 'ignored' })
    expect(changed).toMatchObject({ status: 200, body: { id: a.id, enable: false, url: a.url } })
    expect(await tenant.api.json('GET', one(tenant, a.id))).toMatchObject({ body: { enable: false } })
  })

  it('are changed as a list, and one with deleted: true goes', async () => {
    const { tenant, a, b } = await startWithTwo()
    const changed = await tenant.api.json<Mapping[]>('PUT', all(tenant), [
      { ...a, id: String(a.id), url: url('/moved') },
      { ...b, deleted: true },
    ])
    expect(changed.status).toBe(200)
    const left = await tenant.api.json<Mapping[]>('GET', all(tenant))
    expect(left.body).toMatchObject([{ id: a.id, url: url('/moved') }])
    expectProblem(await tenant.api.json('GET', one(tenant, b.id)), 404, 'MAPPING_NOT_FOUND')
  })

  it('are deleted by id, never as a list', async () => {
    const { tenant, a, b } = await startWithTwo()
    expect([404, 405]).toContain((await tenant.api.json('DELETE', all(tenant))).status)
    expect(await tenant.api.json('DELETE', one(tenant, a.id))).toMatchObject({ status: 200, body: { id: a.id } })
    expectProblem(await tenant.api.json('DELETE', one(tenant, a.id)), 404, 'MAPPING_NOT_FOUND')
    expect((await tenant.api.json('GET', all(tenant))).body).toMatchObject([{ id: b.id }])
  })

  it('are saved all or none, and the answer lists by index what is wrong', async () => {
    const { tenant, certificationId } = await start()
    const good = { certificationId, serviceId: 'IDP', enable: true }
    const refused = await tenant.api.json('POST', all(tenant), [
      { ...good, url: url('/ok'), name: 'ok' },
      { ...good, url: url('/unknown'), name: 'bad', serviceId: 'NOBODY' },
      { ...good, url: 'http://target.example/', name: 'plain' },
    ])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toMatch(/"index":1\b/)
    expect(JSON.stringify(refused.body)).toMatch(/"index":2\b/)
    expect(JSON.stringify(refused.body)).not.toMatch(/"index":0\b/)
    expect((await tenant.api.json('GET', all(tenant))).body).toEqual([])
  })

  it('are changed all or none', async () => {
    const { tenant, a, b } = await startWithTwo()
    const refused = await tenant.api.json('PUT', all(tenant), [
      { ...a, enable: false },
      { ...b, name: 'a' },
    ])
    expect(refused.status).toBe(409)
    expect(JSON.stringify(refused.body)).toMatch(/"index":1\b/)
    const left = await tenant.api.json<Mapping[]>('GET', all(tenant))
    expect(left.body).toMatchObject([{ enable: true }, { enable: true }])
  })
})
