import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  type EchoedRequest,
  type IssuedCertificate,
  makePkcs12,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping, Requested, SaveResult, TestReport } from '../support/wire.ts'

const password = 'correct horse'

/** What an administrator of a brand does from nothing to authenticated traffic, in the order of the guide. */
describe('the onboarding guide', () => {
  let target: TestTarget
  let system: SharedSystem

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const file = (identity: IssuedCertificate) => ({
    file: { fileName: 'brand.p12', content: makePkcs12({ identity, password }) },
  })

  /** Activates the certificate with a call of the url, and shows that traffic presents it. */
  async function goLive(tenant: Tenant, { id }: Certificate, url: string, commonName: string): Promise<ApiClient> {
    const path = tenant.path(`certificates/activate/${id}?isValidateUrlEnabled=true`)
    const activated = await tenant.api.json<Mapping>('POST', path, { serviceName: 'WEBHOOKS', url })
    expect(activated).toMatchObject({
      status: 201,
      body: {
        deleted: false,
        url,
        enable: true,
        serviceId: '2',
        siteId: tenant.id,
        name: 'brand-1',
        certificationId: String(id),
      },
    })
    const mapping = await tenant.api.json('GET', tenant.path(`mappings/${activated.body.id}`))
    expect(mapping).toMatchObject({ status: 200, body: activated.body })

    const appKey = await tenant.newAppKey(['forward', 'mtls:read'])
    const caller = system.toForwarderApi({ oauth1: appKey })
    const entry = { serviceName: 'WEBHOOKS', accountId: tenant.id, url }
    const key = `CertificateMappingParamters{serviceName='WEBHOOKS', accountId='${tenant.id}', url='${url}'}`
    expect(await caller.json('POST', '/mtls/mapping', [entry])).toMatchObject({ status: 200, body: { [key]: true } })
    expect(await forwarded(tenant, caller, url)).toBe(commonName)
    return caller
  }

  async function forwarded(tenant: Tenant, caller: ApiClient, url: string): Promise<string | undefined> {
    const headers = { ...lp(url, 'WEBHOOKS'), 'LP-authorization-override': 'Bearer of-the-target' }
    const answer = await caller.json<EchoedRequest>('POST', tenant.forwardPath, { hello: 'brand' }, headers)
    expect(answer).toMatchObject({ status: 200, body: { method: 'POST', body: '{"hello":"brand"}' } })
    expect(answer.body.headers.authorization).toBe('Bearer of-the-target')
    return answer.body.clientCertificate?.commonName
  }

  it('goes with a P12 file: test it, upload it, activate it, check it, forward, replace it', async () => {
    const tenant = await system.newTenant()
    const identity = await target.clientCa.issue({ commonName: 'brand' })
    const url = `${target.url}/hook`

    const call = { 'LP-forward-url': url }
    const path = tenant.path('p12-test/multipart')
    const tested = await tenant.api.multipart<TestReport>('POST', path, { password }, file(identity), call)
    expect(tested).toMatchObject({ status: 200, body: { javaCompliant: true, problems: [], call: { status: 200 } } })

    const certificate = JSON.stringify({ name: 'brand', password })
    const byFile = tenant.path('certificates/by-file')
    const saved = await tenant.api.multipart<SaveResult>('POST', byFile, { certificate }, file(identity))
    expect(saved).toMatchObject({ status: 201, body: { failedSaveToVaultCertificates: [] } })
    const listed = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    const [stored] = listed.body
    expect(stored).toMatchObject({ name: 'brand', status: 'Available', fingerprintSha256: identity.fingerprintSha256 })

    const caller = await goLive(tenant, stored as Certificate, url, 'brand')

    const renewed = await target.clientCa.issue({ commonName: 'renewed' })
    const replacement = JSON.stringify({ name: 'brand', password, id: stored?.id })
    const replaced = await tenant.api.multipart('PUT', byFile, { certificate: replacement }, file(renewed))
    expect(replaced.status).toBe(200)
    await eventually(
      () => forwarded(tenant, caller, url),
      (name) => name === 'renewed',
    )
  })

  it('goes with a key that is made here: request it, have it signed, upload that, activate it, check it, forward', async () => {
    const tenant = await system.newTenant()
    const subject = { commonName: 'brand of the gateway', organization: 'Brand' }
    const body = { name: 'brand', keyType: 'RSA-2048', subject, subjectAltNames: ['brand.example'] }
    const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), body)
    expect(requested).toMatchObject({ status: 201, body: { certificate: { status: 'PendingSignature' } } })

    const signed = await target.clientCa.signRequest(requested.body.csr)
    const below = `certificates/${requested.body.certificate.id}`
    const completed = await tenant.api.raw({
      method: 'PUT',
      path: tenant.path(`${below}/signed-certificate`),
      headers: { 'content-type': 'application/x-pem-file' },
      body: signed.certificate + signed.chain.join(''),
    })
    expect(completed.status).toBe(200)
    const got = await tenant.api.json<Certificate>('GET', tenant.path(below))
    expect(got).toMatchObject({ body: { status: 'Available', fingerprintSha256: signed.fingerprintSha256 } })
    const download = await tenant.api.raw({ method: 'GET', path: tenant.path(`${below}/download`) })
    expect(download.body.toString()).toBe(signed.certificate + signed.chain.join(''))

    await goLive(tenant, got.body, `${target.url}/gateway`, 'brand of the gateway')
  })
})
