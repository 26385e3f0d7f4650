import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Requested, Trial } from '../support/wire.ts'

let target: TestTarget
/** Its CA is one that no service knows. */
let privateTarget: TestTarget
let system: SharedSystem
let tenant: Tenant
let certificate: Rotation

beforeAll(async () => {
  system = await sharedSystem()
  ;[target, privateTarget] = await Promise.all([system.startTarget(), startTestTarget()])
})

afterAll(async () => {
  await system?.stop()
  await Promise.all([target?.close(), privateTarget?.close()])
})

/** The certificate `c1` of a new account. */
async function save(identity: IssuedCertificate): Promise<void> {
  tenant = await system.newTenant()
  certificate = new Rotation(tenant, (await tenant.saveCertificate('c1', identity)).id)
}

const issue = (commonName: string, { clientCa } = target) => clientCa.issue({ commonName })
const attempt = (url: string, more: object = {}) => certificate.post<Trial>('trial', { url, ...more })

/** What the account's changes did to what, newest first. */
async function audit(): Promise<{ action: string; subjects: string[]; actor: string }[]> {
  return (await tenant.api.json<Awaited<ReturnType<typeof audit>>>('GET', tenant.path('audit'))).body
}

describe('a trial of a certificate', () => {
  it('calls the url with the version in use, maps nothing, and leaves who used the key for which host', async () => {
    await save(await issue('current'))
    target.clear()
    const tried = await attempt(`${target.url}/tried?a=b`)
    expect(tried).toMatchObject({
      status: 200,
      body: {
        status: 200,
        clientCertificate: 'accepted',
        error: null,
        handshake: { authorized: true, clientCertificateRequested: true },
      },
    })
    expectSentence(tried.body.explanation)
    const seen = { method: 'HEAD', url: '/tried?a=b', clientCertificate: { commonName: 'current' } }
    expect(target.seen).toMatchObject([seen])
    expect(await tenant.api.json('GET', tenant.path('mappings'))).toMatchObject({ status: 200, body: [] })
    const [newest, created] = await audit()
    const subjects = [`${certificate.id} c1`, new URL(target.url).host]
    expect(newest).toMatchObject({ action: 'certificates.use-key-to-try', subjects, actor: created?.actor })
    expect(created?.action).toBe('certificates.create')
  })

  it('calls with the staged version if it is asked to, and leaves it as it is', async () => {
    await save(await issue('current'))
    expectProblem(await attempt(target.url, { version: 'staged' }), 404, 'STAGED_NOT_FOUND')
    mustBe(201, await certificate.post('staged/csr', { subject: { commonName: 'waits' } }))
    expectProblem(await attempt(target.url, { version: 'staged' }), 409, 'STAGED_PENDING')
    mustBe(201, await certificate.stage(await issue('next')))
    target.clear()
    expect(await attempt(`${target.url}/`, { version: 'staged', method: 'POST' })).toMatchObject({ status: 200 })
    expect(target.seen).toMatchObject([{ method: 'POST', clientCertificate: { commonName: 'next' } }])
    expect((await certificate.get()).staged?.lastProbe).toBeNull()
  })

  it('says that the target refuses it, and whom it would take', async () => {
    await save(await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' }))
    const { status, body } = await attempt(`${target.url}/`)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        clientCertificate: 'refused',
        acceptableIssuers: [expect.stringMatching(/^CN=Client CA/)],
        chainAcceptable: false,
        error: { code: expect.any(String) },
      },
    })
    expectSentence(body.explanation)
  })

  it('verifies the target by the trust that it names, or else by that of a mapping of the url', async () => {
    await save(await issue('private', privateTarget))
    const url = `${privateTarget.url}/private/1`
    const codeOf = async (more?: object) => (await attempt(url, more)).body.error?.code
    const unknown = await codeOf()
    expect(unknown).toMatch(/^(UNABLE_TO|SELF_SIGNED)/)
    const targetTrust = { caCertificates: privateTarget.ca }
    expect(await codeOf({ targetTrust })).toBeUndefined()
    const mapped = { certificationId: certificate.id, serviceId: 'FAAS', url: `${privateTarget.url}/private/*` }
    await tenant.map({ ...mapped, name: 'm1', targetTrust })
    expect(await codeOf()).toBeUndefined()
    expect(await codeOf({ targetTrust: null })).toBe(unknown)
  })

  it.each([
    { what: 'can not be reached', url: 'https://localhost:1/', code: 'ECONNREFUSED' },
    { what: 'is within the network of the gateway', url: 'https://10.0.0.1/', code: 'TARGET_ADDRESS_REFUSED' },
  ])('says that the target $what', async ({ url, code }) => {
    await save(await issue('current'))
    expect(await attempt(url)).toMatchObject({
      status: 200,
      body: { status: null, clientCertificate: 'unknown', error: { code }, handshake: null },
    })
  })

  it('is refused before the key is used where there is nothing to try', async () => {
    await save(await issue('current'))
    const subject = { commonName: 'waits' }
    const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), { name: 'c2', subject })
    mustBe(201, requested)
    const waiting = new Rotation(tenant, requested.body.certificate.id)
    const url = `${target.url}/`
    expectProblem(await waiting.post('trial', { url }), 424, 'CERTIFICATE_PENDING_SIGNATURE')
    expectProblem(await new Rotation(tenant, 1).post('trial', { url }), 404, 'CERTIFICATE_NOT_FOUND')
    expectProblem(await attempt('http://t.example/'), 400, 'TARGET_URL_NOT_HTTPS')
    expectProblem(await attempt('https://t.example/../a'), 400, 'TARGET_URL_NOT_CANONICAL')
    expectProblem(await attempt(url, { targetTrust: { caCertificates: 'no PEM' } }), 422, 'PEM_MALFORMED')
    expectProblem(await attempt(url, { targetTrust: {} }), 400, 'TARGET_TRUST_EMPTY')
    for (const more of [{ method: 'TRACE' }, { version: 'previous' }, { staged: true }]) {
      expectProblem(await attempt(url, more), 400, 'VALIDATION_FAILED')
    }
    expect((await audit()).map(({ action }) => action)).not.toContain('certificates.use-key-to-try')
  })
})
