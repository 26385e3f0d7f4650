import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createCa,
  type EchoedRequest,
  type IssuedCertificate,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping, Requested, Trial } from '../support/wire.ts'

let target: TestTarget
/** Its CA is one that no service knows. */
let privateTarget: TestTarget
let system: SharedSystem
let known: IssuedCertificate
let strange: IssuedCertificate
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  privateTarget = await startTestTarget()
  known = await target.clientCa.issue({ commonName: 'known' })
  strange = await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' })
})

afterAll(async () => {
  await system?.stop()
  await Promise.all([target?.close(), privateTarget?.close()])
})

function activate<T = Mapping>(id: number, url: string, isValidateUrlEnabled?: boolean, more: object = {}) {
  const query = isValidateUrlEnabled === undefined ? '' : `?isValidateUrlEnabled=${isValidateUrlEnabled}`
  const path = tenant.path(`certificates/activate/${id}${query}`)
  return tenant.api.json<T>('POST', path, { serviceName: 'IDP', url, ...more })
}

/** What the account's changes did, newest first. */
async function actions(): Promise<string[]> {
  const { body } = await tenant.api.json<{ action: string }[]>('GET', tenant.path('audit'))
  return body.map(({ action }) => action)
}

describe('activating a certificate', () => {
  it('maps a url by the name of the certificate and a number, each time the same', async () => {
    tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', known)
    const first = await activate(id, `${target.url}/a`)
    expect(first).toMatchObject({ status: 201, body: { name: 'c1-1', enable: true, certificationId: String(id) } })
    expect(await activate(id, `${target.url}/b`, false)).toMatchObject({ status: 201, body: { name: 'c1-2' } })
    expect(await activate(id, `${target.url}/a`)).toMatchObject({ status: 201, body: first.body })
    expect(await activate(id, 'https://*.example.com/*')).toMatchObject({ status: 201, body: { name: 'c1-3' } })
    expect((await actions()).filter((action) => action === 'mappings.activate')).toHaveLength(3)
  })

  it('calls the url first if it is asked to, and a forward then presents the certificate', async () => {
    tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', known)
    target.clear()
    const url = `${target.url}/validated`
    const activated = await activate(id, url, true)
    expect(activated).toMatchObject({ status: 201, body: { name: 'c1-1', url } })
    const seen = { method: 'HEAD', url: '/validated', clientCertificate: { commonName: 'known' } }
    expect(target.seen).toMatchObject([seen])
    expect((await actions()).slice(0, 2)).toEqual(['mappings.activate', 'certificates.use-key-to-activate'])
    const caller = await tenant.newCaller()
    const forwarded = await eventually(
      () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)),
      ({ status }) => status === 200,
    )
    expect(forwarded.body.clientCertificate?.commonName).toBe('known')
  })

  it('calls by the trust that it names, which the mapping then has', async () => {
    tenant = await system.newTenant()
    const identity = await privateTarget.clientCa.issue({ commonName: 'private' })
    const { id } = await tenant.saveCertificate('c1', identity)
    const url = `${privateTarget.url}/private`
    const unknown = await activate<{ trial: Trial }>(id, url, true)
    expectProblem(unknown, 424, 'URL_VALIDATION_FAILED')
    const targetTrust = { caCertificates: privateTarget.ca }
    const { body: activated } = await activate(id, url, true, { targetTrust })
    expect(activated).toMatchObject({ url, enable: true, targetTrust })
    const kept = await activate(id, url, true)
    expect(kept).toMatchObject({ status: 201, body: activated })

    const wrong = { caCertificates: target.clientCa.certificate }
    expectProblem(await activate(id, url, true, { targetTrust: wrong }), 424, 'URL_VALIDATION_FAILED')
    const path = tenant.path(`mappings/${activated.id}`)
    expect((await tenant.api.json<Mapping>('GET', path)).body.targetTrust).toEqual(targetTrust)
    const serverName = { serverName: 'localhost' }
    const replaced = await activate(id, url, false, { targetTrust: serverName })
    expect(replaced).toMatchObject({ status: 201, body: { id: activated.id } })
    expect(replaced.body.targetTrust).toEqual(serverName)
    expect((await activate(id, url, false, { targetTrust: null })).body).not.toHaveProperty('targetTrust')
  })

  it('is done once with an Idempotency-Key, its call too', async () => {
    tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', known)
    target.clear()
    const path = tenant.path(`certificates/activate/${id}?isValidateUrlEnabled=true`)
    const send = (url: string) =>
      tenant.api.json<Mapping>('POST', path, { serviceName: 'IDP', url }, { 'idempotency-key': 'once' })
    const first = await send(`${target.url}/once`)
    const again = await send(`${target.url}/once`)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect(target.seen).toHaveLength(1)
    expectProblem(await send(`${target.url}/other`), 422, 'IDEMPOTENCY_KEY_REUSED')
    expect(target.seen).toHaveLength(1)
  })

  it('maps nothing where the target refuses, and says why and whom it would take', async () => {
    tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', strange)
    const refused = await activate<{ trial: Trial }>(id, `${target.url}/`, true)
    expectProblem(refused, 424, 'URL_VALIDATION_FAILED')
    expect(refused.body.trial).toMatchObject({
      acceptableIssuers: [expect.stringMatching(/^CN=/)],
      chainAcceptable: false,
      error: { code: expect.any(String) },
    })
    expect(await tenant.api.json('GET', tenant.path('mappings'))).toMatchObject({ status: 200, body: [] })
    const { body: audit } = await tenant.api.json<object[]>('GET', tenant.path('audit'))
    const subjects = [`${id} c1`, new URL(target.url).host]
    expect(audit[0]).toMatchObject({ action: 'certificates.use-key-to-activate', subjects })
    expect(await activate(id, `${target.url}/`)).toMatchObject({ status: 201 })
  })

  it.each([
    { what: 'can not be reached', url: 'https://localhost:1/', code: /^ECONNREFUSED$/ },
    { what: 'has a name that is none', url: 'https://nowhere.invalid/', code: /^(ENOTFOUND|EAI_AGAIN)$/ },
  ])('maps nothing where the target $what', async ({ url, code }) => {
    tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate('c1', known)
    const refused = await activate<{ trial: Trial }>(id, url, true)
    expectProblem(refused, 424, 'URL_VALIDATION_FAILED')
    expect(refused.body.trial.error?.code).toMatch(code)
    expect(await tenant.api.json('GET', tenant.path('mappings'))).toMatchObject({ status: 200, body: [] })
  })

  it('refuses what can not be activated before it uses the key', async () => {
    tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(known, `${target.url}/taken`)
    const other = await tenant.saveCertificate('c2', known)
    const subject = { commonName: 'waits' }
    const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), { name: 'c3', subject })
    mustBe(201, requested)
    const waiting = requested.body.certificate.id
    for (const validate of [true, false]) {
      expectProblem(await activate(other.id, `${target.url}/taken`, validate), 409, 'MAPPING_ALREADY_EXISTS')
      expectProblem(await activate(1, `${target.url}/a`, validate), 404, 'CERTIFICATE_NOT_FOUND')
      expectProblem(await activate(other.id, 'http://t.example/', validate), 400, 'TARGET_URL_NOT_HTTPS')
    }
    expectProblem(await activate(certificate.id, 'https://t.example/*', true), 400, 'VALIDATION_FAILED')
    const noPem = { targetTrust: { caCertificates: 'no PEM' } }
    expectProblem(await activate(other.id, `${target.url}/t`, true, noPem), 422, 'PEM_MALFORMED')
    expectProblem(await activate(other.id, `${target.url}/t`, true, { targetTrust: {} }), 400, 'TARGET_TRUST_EMPTY')
    expectProblem(await activate(waiting, `${target.url}/w`, true), 424, 'CERTIFICATE_PENDING_SIGNATURE')
    const path = tenant.path(`certificates/activate/${other.id}`)
    const unknown = { serviceName: 'NOBODY', url: target.url }
    expectProblem(await tenant.api.json('POST', path, unknown), 400, 'UNKNOWN_SERVICE')
    expectProblem(await tenant.api.json('POST', `${path}?isValidateUrlEnabled=yes`, unknown), 400, 'VALIDATION_FAILED')
    expect(await actions()).not.toContain('certificates.use-key-to-activate')
  })
})
