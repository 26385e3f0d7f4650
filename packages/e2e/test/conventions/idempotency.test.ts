import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, type Tenant } from '../support/tenant.ts'
import type { AppKey, Certificate, Mapping, SaveResult } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let identity: IssuedCertificate
let certificate: Certificate

beforeAll(async () => {
  identity = await (await createCa()).issue({ commonName: 'client' })
  system = await sharedSystem()
  tenant = await system.newTenant()
  certificate = await tenant.saveCertificate('c1', identity)
})

afterAll(() => system?.stop())

const mapping = (name: string) => ({
  name,
  certificationId: certificate.id,
  serviceId: 'IDP',
  url: `https://t.example/${name}`,
  enable: true,
})

const send = <T>(method: string, path: string, body: unknown, key: string, client = tenant.api) =>
  client.json<T>(method, tenant.path(path), body, { 'idempotency-key': key })

const mappingNames = async () =>
  (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body.map(({ name }) => name)

describe('a request with an Idempotency-Key', () => {
  it('is done once, however often it is sent, and answered alike', async () => {
    const first = await send<Mapping[]>('POST', 'mappings', [mapping('once')], 'k-once')
    const again = await send<Mapping[]>('POST', 'mappings', [mapping('once')], 'k-once')
    expect(first.status).toBe(201)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(await mappingNames()).toEqual(['once'])
  })

  it('is done once, too, when it is sent many times at once', async () => {
    const sent = Array.from({ length: 8 }, () => send<Mapping[]>('POST', 'mappings', [mapping('rush')], 'k-rush'))
    const answers = await Promise.all(sent)
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    expect(new Set(answers.map(({ body }) => body[0]?.id)).size).toBe(1)
    expect((await mappingNames()).filter((name) => name === 'rush')).toHaveLength(1)
  })

  it('answers with the present state of a long list, also of what was changed or deleted since', async () => {
    const bodies = Array.from({ length: 9 }, (_, index) => mapping(`list-${index}`))
    const first = await send<Mapping[]>('POST', 'mappings', bodies, 'k-list')
    const [changed, deleted] = first.body
    await tenant.api.json('PUT', tenant.path('mappings'), [{ ...changed, enable: false }])
    await tenant.api.json('DELETE', tenant.path(`mappings/${deleted?.id}`))
    const { status, body } = await send<Mapping[]>('POST', 'mappings', bodies, 'k-list')
    expect(status).toBe(201)
    expect(body.slice(0, 3)).toEqual([{ ...changed, enable: false }, { id: deleted?.id, deleted: true }, first.body[2]])
    expect(body).toHaveLength(9)
  })

  it('is refused where the key was sent with another request', async () => {
    await send('POST', 'mappings', [mapping('key')], 'k-reused')
    const other = await send('POST', 'mappings', [mapping('other')], 'k-reused')
    expectProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED')
    expectProblem(await send('POST', 'app-keys', { label: 'x' }, 'k-reused'), 422, 'IDEMPOTENCY_KEY_REUSED')
    expect(await mappingNames()).not.toContain('other')
  })

  it("does not meet another caller's key", async () => {
    const reader = system.toConfigApi({ oauth1: await tenant.newAppKey() })
    await send('POST', 'mappings', [mapping('mine')], 'k-shared')
    expect(await send('POST', 'mappings', [mapping('theirs')], 'k-shared', reader)).toMatchObject({ status: 201 })
  })

  it('that failed is not remembered', async () => {
    const unknown = { ...mapping('late'), certificationId: 1 }
    expect((await send('POST', 'mappings', [unknown], 'k-late')).status).toBeGreaterThanOrEqual(400)
    expect(await send('POST', 'mappings', [mapping('late')], 'k-late')).toMatchObject({ status: 201 })
  })

  it('may upload a file: the form is told by what is in it', async () => {
    const content = makePkcs12({ identity, password: 'secret' })
    const upload = (password: string) =>
      tenant.api.multipart<SaveResult>(
        'POST',
        tenant.path('certificates/by-file'),
        { certificate: JSON.stringify({ name: 'file', password }) },
        { file: { fileName: 'client.p12', content } },
        { 'idempotency-key': 'k-file' },
      )
    const first = await upload('secret')
    expect(await upload('secret')).toMatchObject({ status: 201, body: first.body })
    expectProblem(await upload('other'), 422, 'IDEMPOTENCY_KEY_REUSED')
  })

  it('replaces a certificate once', async () => {
    const body = [{ ...certificateEntry('c1', identity), id: certificate.id }]
    const first = await send<SaveResult>('PUT', 'certificates', body, 'k-replace')
    const again = await send<SaveResult>('PUT', 'certificates', body, 'k-replace')
    // What differs from the version before is in the first answer alone.
    const { differences, ...previous } = first.body.successfulySavedCertificates[0]?.previous ?? {}
    expect(differences).toMatchObject([{ code: 'SAME_CERTIFICATE' }])
    expect(again).toMatchObject({ status: 200, body: { successfulySavedCertificates: [{ previous }] } })
    expect(again.body.successfulySavedCertificates).toHaveLength(1)
  })

  it('shows a secret only the first time', async () => {
    const first = await send<AppKey>('POST', 'app-keys', { label: 'x' }, 'k-app')
    const again = await send<AppKey>('POST', 'app-keys', { label: 'x' }, 'k-app')
    expect(again.status).toBe(201)
    expect(again.body.appKey).toBe(first.body.appKey)
    expect(again.body).not.toHaveProperty('appSecret')
    const webhook = { webhook: { url: 'https://hooks.example/', rotateSecret: true } }
    await send('PUT', 'settings', webhook, 'k-settings')
    const repeated = await send<object>('PUT', 'settings', webhook, 'k-settings')
    expect(repeated).toMatchObject({ status: 200, body: { webhook: { url: 'https://hooks.example/' } } })
    expect(JSON.stringify(repeated.body)).not.toContain('whsec_')
  })

  it.each(['', 'x'.repeat(129)])('is refused with the key %j', async (key) => {
    const { status } = await send('POST', 'mappings', [mapping('never')], key)
    expect(status).toBe(400)
    expect(await mappingNames()).not.toContain('never')
  })
})
