import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AccountDocument, AppliedDocument, DocumentRequest } from '@mtls-gateway/contract'
import { parseAccountId } from '@mtls-gateway/domain'
import { recordFolder } from '@mtls-gateway/secret-store'
import {
  type ApiResponse,
  createCa,
  type IssuedCertificate,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import { allScopes, type Certificate, type Mapping } from '../support/wire.ts'

let target: TestTarget
let issuer: TestIssuer
let system: System
let identity: IssuedCertificate
let caCertificates: string

beforeAll(async () => {
  target = await startTestTarget()
  issuer = await TestIssuer.open(target.clientCa, 7_200)
  system = await System.start({ targets: [target, issuer], configApiOnly: true, configApiEnv: issuer.env })
  identity = await target.clientCa.issue({ commonName: 'client' })
  caCertificates = (await createCa({ name: 'Inner CA' })).certificate
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await issuer?.close()
})

interface Options {
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly api?: Tenant['api']
}

function apply(
  tenant: Tenant,
  document: DocumentRequest,
  { query = '', headers, api = tenant.api }: Options = {},
): Promise<ApiResponse<AppliedDocument>> {
  return api.json<AppliedDocument>('PUT', tenant.path(`document${query}`), document, headers)
}

async function read(tenant: Tenant, api = tenant.api): Promise<AccountDocument> {
  const answer = await api.json<AccountDocument>('GET', tenant.path('document'))
  mustBe(200, answer)
  return answer.body
}

const auditOf = async (tenant: Tenant) =>
  (await tenant.api.json<{ action: string; subjects: string[] }[]>('GET', tenant.path('audit'))).body
const mappingOf = (path: string, more: object = {}) => ({
  ...{ service: 'IDP', url: `https://bank.example/${path}`, certificate: 'bank' },
  ...more,
})
const secret = 'a-secret-of-the-target'
const bank: DocumentRequest = {
  certificates: { bank: { plan: { profile: 'test', promote: 'eachTarget' } } },
  trusts: {},
  mappings: {
    token: mappingOf('token', {
      answerTimeoutSeconds: 30,
      targetTls: { minVersion: '1.3' },
      targetAuth: { type: 'headers', headers: [{ name: 'X-Api-Key', secret }] },
    }),
    signed: mappingOf('signed', { enable: false, messageSignature: { scheme: 'jws', certificate: 'bank' } }),
  },
  settings: { unmappedCalls: 'refuse' },
}
const withTrust = (): DocumentRequest => ({
  ...bank,
  trusts: { 'bank-ca': { caCertificates } },
  mappings: { ...bank.mappings, trusting: mappingOf('trusting', { trust: 'bank-ca' }) },
})

describe('a document', () => {
  it('is compared, applied in one change, and says what is there from then on', async () => {
    const tenant = await system.newTenant()
    const compared = await apply(tenant, withTrust(), { query: '?dryRun=true' })
    expect(compared).toMatchObject({ status: 200, body: { revision: 0, applied: false, kept: 0 } })
    expect(await auditOf(tenant)).toEqual([])
    const applied = await apply(tenant, withTrust(), { headers: { 'if-match': `"${compared.body.revision}"` } })
    expect(applied).toMatchObject({ status: 200, headers: { etag: '"1"' }, body: { revision: 1, applied: true } })
    expect(applied.body.changes).toEqual(
      compared.body.changes.map((change) => ({ ...change, fields: expect.anything() })),
    )
    expect(applied.body.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'update settings settings',
      'create trust bank-ca',
      'create certificate bank',
      'create mapping token',
      'create mapping signed',
      'create mapping trusting',
    ])
    const { body: mappings } = await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))
    expect(mappings.map(({ name, managedBy }) => [name, managedBy])).toEqual([
      ['token', 'document'],
      ['signed', 'document'],
      ['trusting', 'document'],
    ])
    // Its plan orders it by itself.
    const [certificate] = await eventually(
      async () => (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body,
      ([first]) => first?.status === 'Available',
    )
    expect(certificate).toMatchObject({ name: 'bank', subject: 'CN=bank', managedBy: 'document', keyType: 'EC-P256' })
    const { body: trusts } = await tenant.api.json('GET', tenant.path('trusts'))
    expect(trusts).toMatchObject([{ name: 'bank-ca', mappings: 1, managedBy: 'document' }])
    const again = await apply(tenant, withTrust())
    expect(again).toMatchObject({ status: 200, body: { applied: false, changes: [] } })
    const trail = await auditOf(tenant)
    expect(trail.filter(({ action }) => action === 'document.apply')).toHaveLength(1)
  })

  it('that was read makes an empty account the same, once the secrets are in', async () => {
    const [tenant, other] = [await system.newTenant(), await system.newTenant()]
    mustBe(200, await apply(tenant, withTrust()))
    const whole = await read(tenant)
    expect(whole).toMatchObject({
      account: tenant.id,
      certificates: { bank: { plan: { profile: 'test', promote: 'eachTarget', renewAt: 0.66 } } },
      mappings: { token: { targetAuth: { type: 'headers', headers: [{ name: 'X-Api-Key', hasSecret: true }] } } },
      settings: { unmappedCalls: 'refuse', publishKeys: false },
      appKeys: {},
    })
    expect(await apply(tenant, whole as DocumentRequest)).toMatchObject({ status: 200, body: { changes: [] } })
    const { account: _, ...copied } = whole
    const lacking = expectProblem(await apply(other, copied as DocumentRequest), 400, 'DOCUMENT_FAULTY')
    expect(lacking.errors).toMatchObject([
      { field: 'mappings.token.targetAuth.headers.0.secret', code: 'TARGET_SECRET_NEEDED' },
    ])
    const targetAuth = { type: 'headers' as const, headers: [{ name: 'X-Api-Key', secret }] }
    const token = { ...copied.mappings.token, targetAuth }
    const complete = { ...copied, mappings: { ...copied.mappings, token } } as DocumentRequest
    mustBe(200, await apply(other, complete))
    expect(await read(other)).toEqual({ ...whole, account: other.id })
  })

  it('shows app keys and settings only to those who may administer the account by a token', async () => {
    const tenant = await system.newTenant()
    const appKey = await tenant.newAppKey()
    const { label } = appKey
    expect((await read(tenant)).appKeys).toMatchObject({ [label]: { expiresAt: null } })
    const reader = system.toConfigApi({ bearer: await system.token([tenant.id], ['mtls:read']) })
    const writer = system.toConfigApi({ bearer: await system.token([tenant.id], ['mtls:write']) })
    const document = await read(tenant, reader)
    expect(document).not.toHaveProperty('appKeys')
    expect(document).not.toHaveProperty('settings')
    const asked = { settings: {}, appKeys: { [label]: {} } }
    const { errors } = expectProblem(await apply(tenant, asked, { api: writer }), 400, 'DOCUMENT_FAULTY')
    expect(errors).toMatchObject([
      { field: 'appKeys', code: 'SCOPE_MISSING' },
      { field: 'settings', code: 'SCOPE_MISSING' },
    ])
    // An app key may have the scope, but the single operations take tokens alone.
    const signing = system.toConfigApi({ oauth1: appKey })
    expect(await read(tenant, signing)).not.toHaveProperty('settings')
    expectProblem(await apply(tenant, asked, { api: signing }), 400, 'DOCUMENT_FAULTY')
  })

  it('has the rule for a second person, and changes it only by the word of one', async () => {
    const [tenant, other] = [await system.newTenant(), await system.newTenant()]
    const rule = { actions: ['target-host', 'promote'] as ('target-host' | 'promote')[], expiresAfter: '5d' }
    const first = await apply(tenant, { settings: { approvals: rule } })
    const approvals = { actions: ['promote', 'target-host'], scope: 'mtls:admin', expiresAfter: '5d' }
    expect(first).toMatchObject({
      status: 200,
      body: { changes: [{ kind: 'settings', fields: [{ field: 'approvals', before: null, after: approvals }] }] },
    })
    const document = await read(tenant)
    expect(document.settings).toEqual({ unmappedCalls: 'plain', publishKeys: false, approvals })
    expect(await apply(tenant, document as DocumentRequest)).toMatchObject({ body: { changes: [] } })
    mustBe(200, await apply(other, { settings: document.settings } as DocumentRequest))
    expect(await read(other)).toEqual({ ...document, account: other.id })

    const waiting = await apply(tenant, { settings: { approvals: null, unmappedCalls: 'refuse' } })
    expect(waiting).toMatchObject({
      status: 202,
      body: {
        approval: {
          actions: ['approvals'],
          operation: 'document.apply',
          changes: [{ kind: 'settings', fields: [{ field: 'unmappedCalls' }, { field: 'approvals', after: null }] }],
        },
      },
    })
    expect(await read(tenant)).toEqual(document)
    const { approval } = waiting.body as unknown as { approval: { id: string } }
    const bearer = await system.token([tenant.id], allScopes, 'another person')
    const person = system.toConfigApi({ bearer })
    mustBe(200, await person.json('POST', tenant.path(`approvals/${approval.id}/approve`), {}))
    expect((await read(tenant)).settings).toEqual({ unmappedCalls: 'refuse', publishKeys: false })
  })

  it('deletes by pruning what it has made, and nothing of other documents or people', async () => {
    const tenant = await system.newTenant()
    mustBe(200, await apply(tenant, withTrust(), { query: '?source=bank' }))
    const { id } = await tenant.saveCertificate('own', identity)
    await tenant.map({ certificationId: id, serviceId: 'IDP', url: 'https://own.example/', name: 'own' })
    mustBe(
      200,
      await apply(
        tenant,
        { mappings: { other: mappingOf('other', { certificate: 'own' }) } },
        { query: '?source=other' },
      ),
    )
    const compared = await apply(tenant, { mappings: {} }, { query: '?source=bank&prune=true&dryRun=true' })
    expect(compared.body.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'delete mapping token',
      'delete mapping signed',
      'delete mapping trusting',
      'delete certificate bank',
      'delete trust bank-ca',
    ])
    const before = await read(tenant)
    expect(Object.keys(before.mappings)).toHaveLength(5)
    mustBe(200, await apply(tenant, { mappings: {} }, { query: '?source=bank&prune=true' }))
    const { certificates, trusts, mappings } = await read(tenant)
    expect([certificates, trusts, Object.keys(mappings)].map((each) => Object.keys(each))).toEqual([
      ['own'],
      [],
      ['0', '1'],
    ])
    expect(Object.keys(mappings)).toEqual(['other', 'own'])
  })
})

describe('a faulty document', () => {
  it('is told every fault of its form by its path, and changes nothing', async () => {
    const tenant = await system.newTenant()
    const longestName = '\u{1f511}'.repeat(128)
    const document = {
      ...{ account: 'another', typo: {}, settings: { approvals: { actions: [], expiresAfter: '31d' }, webhook: null } },
      certificates: {
        unknown: { plan: { profile: 'nobody' } },
        both: { plan: { profile: 'test', source: 'kv' } },
        file: { privateKey: 'x' },
      },
      trusts: { 'bank-ca': { caCertificates: 'no PEM' }, 'Bad Name': { caCertificates } },
      mappings: {
        'a.b': mappingOf('x', { url: 'http://bank.example/', service: 'NONE' }),
        typo: mappingOf('y', { enabled: true }),
        [longestName]: mappingOf('y', { enabled: true }),
        secret: mappingOf('z', { targetAuth: { type: 'headers', headers: [{ name: 'Host', secret }] } }),
      },
    }
    const { errors, detail } = expectProblem(await apply(tenant, document as DocumentRequest), 400, 'DOCUMENT_FAULTY')
    expect(errors?.map(({ field, code }) => [field, code])).toEqual(
      expect.arrayContaining([
        ['typo', 'VALIDATION_FAILED'],
        ['account', 'SITE_ID_MISMATCH'],
        ['settings.approvals.actions', 'VALIDATION_FAILED'],
        ['settings.approvals.expiresAfter', 'VALIDATION_FAILED'],
        ['settings.webhook', 'VALIDATION_FAILED'],
        ['certificates.both.plan.profile', 'VALIDATION_FAILED'],
        ['certificates.file.privateKey', 'VALIDATION_FAILED'],
        ['certificates.unknown.plan', 'ISSUER_PROFILE_UNKNOWN'],
        ['trusts.bank-ca.caCertificates', 'PEM_MALFORMED'],
        ['trusts.Bad Name', 'DOCUMENT_FAULTY'],
        ['mappings.typo.enabled', 'VALIDATION_FAILED'],
        [`mappings.${longestName}.enabled`, 'VALIDATION_FAILED'],
        ['mappings.a.b.url', 'TARGET_URL_NOT_HTTPS'],
        ['mappings.a.b.service', 'UNKNOWN_SERVICE'],
        ['mappings.secret.targetAuth.headers.0.name', 'TARGET_AUTH_INVALID'],
      ]),
    )
    expect(detail).toMatch(/^The document is not applied\. \d+ faults, the first: /)
    expect(await auditOf(tenant)).toEqual([])
  })

  it('of what the account lacks is refused before anything is stored', async () => {
    const tenant = await system.newTenant()
    const document = { ...bank, mappings: { ...bank.mappings, dangling: mappingOf('d', { certificate: 'none' }) } }
    const { errors } = expectProblem(await apply(tenant, document), 400, 'DOCUMENT_FAULTY')
    expect(errors).toMatchObject([{ field: 'mappings.dangling.certificate', code: 'MAPPING_CERTIFICATE_UNKNOWN' }])
    expect(await read(tenant)).toMatchObject({ certificates: {}, mappings: {} })
  })

  it.each(['constructor', 'prototype', '__proto__'])('is refused where something is named %s', async (name) => {
    const tenant = await system.newTenant()
    // In a literal, the last one would be no member.
    const mappings = JSON.parse(`{"${name}": ${JSON.stringify(mappingOf('m'))}}`)
    const { errors } = expectProblem(await apply(tenant, { ...bank, mappings }), 400, 'VALIDATION_FAILED')
    expect(errors).toMatchObject([{ field: name }])
  })

  it('is no object by names, or has too many of them', async () => {
    const tenant = await system.newTenant()
    const wrong = { mappings: [], certificates: 'x' } as unknown as DocumentRequest
    const { errors } = expectProblem(await apply(tenant, wrong), 400, 'DOCUMENT_FAULTY')
    expect(errors?.map(({ field }) => field)).toEqual(['certificates', 'mappings'])
    const trusts = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`t${at}`, {}]))
    expectProblem(await apply(tenant, { trusts }), 400, 'LIMIT_EXCEEDED')
    const parts = Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`part${at}`, {}]))
    expectProblem(await tenant.api.json('PUT', tenant.path('document'), parts), 400, 'LIMIT_EXCEEDED')
    expectProblem(await tenant.api.json('PUT', tenant.path('document'), []), 400, 'VALIDATION_FAILED')
    expectProblem(await apply(tenant, {}, { query: '?source=No' }), 400, 'VALIDATION_FAILED')
  })
})

describe('a secret in a document', () => {
  it('is in no answer, audit entry or log, and is set anew only if it is another', async () => {
    const tenant = await system.newTenant()
    const applied = await apply(tenant, bank)
    mustBe(200, applied)
    const [token] = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
    expect(await apply(tenant, bank)).toMatchObject({ body: { applied: false } })
    const other = { type: 'headers' as const, headers: [{ name: 'X-Api-Key', secret: `${secret}-2` }] }
    const changed = await apply(tenant, { mappings: { token: { targetAuth: other } } })
    expect(changed.body.changes).toMatchObject([{ action: 'update', name: 'token', fields: [{ field: 'targetAuth' }] }])
    const [next] = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
    expect(next?.targetAuth?.headers?.[0]?.secretSetAt).not.toBe(token?.targetAuth?.headers?.[0]?.secretSetAt)
    const told = [applied.body, changed.body, await read(tenant), await auditOf(tenant), next]
    expect(JSON.stringify(told) + (await system.readOutput())).not.toContain(secret)
  })
})

describe('two who apply at once', () => {
  it('with the revision that they compared with: one is told that it was changed', async () => {
    const tenant = await system.newTenant()
    mustBe(200, await apply(tenant, bank))
    const { revision } = (await apply(tenant, {}, { query: '?dryRun=true' })).body
    const headers = { 'if-match': `"${revision}"` }
    const answers = await Promise.all(
      [5, 6].map((answerTimeoutSeconds) =>
        apply(tenant, { mappings: { token: { answerTimeoutSeconds } } }, { headers }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
    const refused = answers.find(({ status }) => status === 412)
    expect(refused?.body).toMatchObject({ code: 'PRECONDITION_FAILED' })
  })

  it('without one: both get what they ask for, and no key of one that came too late stays', async () => {
    const tenant = await system.newTenant()
    const plan = { profile: 'people' }
    const answers = await Promise.all(
      [1, 2].map(() => apply(tenant, { certificates: { one: { plan }, two: { plan } } })),
    )
    // The plans of what one has made may have gone on before the other comes.
    expect(answers.map(({ status, body }) => [status, body.applied]).sort()).toEqual([
      [200, false],
      [200, true],
    ])
    const store = system.openStore()
    const keys = await store.list(recordFolder('keys', parseAccountId(tenant.id))).finally(() => store.close())
    expect(keys).toHaveLength(2)
  })

  it('with one Idempotency-Key: it is made once', async () => {
    const tenant = await system.newTenant()
    const headers = { 'idempotency-key': 'once' }
    const answers = await Promise.all([apply(tenant, bank, { headers }), apply(tenant, bank, { headers })])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const trail = await auditOf(tenant)
    expect(trail.filter(({ action }) => action === 'document.apply')).toHaveLength(1)
  })
})
