import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ConfigApiClient, createConfigApiClient, entriesOf, pagesOf } from '@mtls-gateway/client'
import { configApi } from '@mtls-gateway/contract'
import { createCa, type IssuedCertificate } from '@mtls-gateway/test-kit'
import { ContractFetch } from '../support/contract-fetch.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, type Tenant } from '../support/tenant.ts'
import { problemOf } from './problem-of.ts'

let system: SharedSystem
let tenant: Tenant
let client: ConfigApiClient
let identity: IssuedCertificate

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  client = createConfigApiClient({
    baseUrl: system.configApi.url,
    accountId: tenant.id,
    token: await system.token([tenant.id]),
    fetch: new ContractFetch(configApi).fetch,
  })
  identity = await (await createCa()).issue({ commonName: 'c' })
})

afterAll(() => system?.stop())

describe('a problem', () => {
  it('has what its code brings along', async () => {
    const { certificate } = await tenant.onboard(identity, 'https://bank.example/in-use')
    const inUse = await problemOf(client.deleteCertificate({ certificateId: certificate.id }))
    expect(inUse).toMatchObject({ code: 'CERTIFICATE_IN_USE', status: 409 })
    expect(inUse.problem.mappings).toMatchObject([{ name: 'm1' }])
    expect(inUse.requestId).toBe(inUse.headers.get('x-request-id'))

    const { mappingId, ifMatch } = { mappingId: inUse.problem.mappings?.[0]?.id ?? 0, ifMatch: '"999999"' }
    const changed = await problemOf(client.updateMapping({ mappingId, ifMatch, body: { enable: false } }))
    expect(changed).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 })
  })

  it('is that of a single file that can not be read', async () => {
    const form = { file: new Blob(['no file']), password: 'x' }
    const unreadable = await problemOf(client.testP12({ form }))
    expect(unreadable).toMatchObject({ code: 'NOT_A_PKCS12', status: 422 })
    expect(unreadable.problem.problems?.[0]?.message).toEqual(expect.any(String))
  })

  it('is that of credentials that are not right', async () => {
    const options = { baseUrl: system.configApi.url, accountId: tenant.id }
    const stranger = createConfigApiClient({ ...options, token: 'invented' })
    expect(await problemOf(stranger.listMappings())).toMatchObject({ code: 'TOKEN_INVALID', status: 401 })
    const caller = createConfigApiClient({ ...options, ...(await tenant.newAppKey(['mtls:read'])) })
    expect((await caller.listMappings()).status).toBe(200)
    expect(await problemOf(caller.createMappings({ body: [] }))).toMatchObject({ code: 'SCOPE_MISSING', status: 403 })
    expect(await problemOf(caller.getSettings())).toMatchObject({ code: 'CREDENTIAL_KIND_NOT_TAKEN' })
  })
})

it('a change that is sent again with its key is not made twice', async () => {
  const request = { body: { label: 'once' }, idempotencyKey: 'k1' }
  const first = await client.createAppKey(request)
  const { body } = await client.createAppKey(request)
  if ('deleted' in body) throw new Error('it was not deleted')
  expect(body.appKey).toBe(first.body.appKey)
  expect(body).not.toHaveProperty('appSecret')
  expect((await client.listAppKeys()).body.filter(({ label }) => label === 'once')).toHaveLength(1)
})

it('a change by an app key has its body signed', async () => {
  const options = { baseUrl: system.configApi.url, accountId: tenant.id, ...(await tenant.newAppKey()) }
  const body = [certificateEntry('by app key', identity)]
  const { status } = await createConfigApiClient(options).createCertificates({ body })
  expect(status).toBe(201)
})

describe('a list', () => {
  const names = Array.from({ length: 7 }, (_, at) => `paged ${at}`)

  beforeAll(() => tenant.saveCertificates(names, identity))

  it('comes in pages, as many as are asked for', async () => {
    const sizes: number[] = []
    for await (const { body } of pagesOf(client.listCertificates, { query: { limit: 3 } })) sizes.push(body.length)
    expect(sizes.slice(0, -1).every((size) => size === 3)).toBe(true)
    expect(sizes.length).toBeGreaterThanOrEqual(3)
  })

  it('comes by its entries, each once', async () => {
    const listed: string[] = []
    for await (const { name } of entriesOf(client.listCertificates, { query: { limit: 2 } })) listed.push(name)
    expect(listed.filter((name) => name.startsWith('paged')).sort()).toEqual(names)
    expect(listed).toHaveLength((await client.listCertificates()).body.length)
  })

  it('of changes comes newest first', async () => {
    const revisions: number[] = []
    for await (const { revision } of entriesOf(client.listChanges, { query: { limit: 2 } })) revisions.push(revision)
    expect(revisions.length).toBeGreaterThan(4)
    expect(revisions).toEqual([...revisions].sort((one, other) => other - one))
  })
})
