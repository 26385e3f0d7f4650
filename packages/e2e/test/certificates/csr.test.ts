import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { certificateEntry, lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { Certificate, CheckedMapping, Requested } from '../support/wire.ts'

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

const spec = { keyType: 'EC-P256', subject: { commonName: 'made here' }, subjectAltNames: ['DNS:client.example'] }

async function newRequest(tenant: Tenant, body: object = { name: 'c1', ...spec }): Promise<Requested> {
  const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), body)
  mustBe(201, requested)
  return requested.body
}

/** As curl sends a file, with the type of a form. */
function upload(tenant: Tenant, { id }: Certificate, body: string, below = 'signed-certificate') {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return tenant.api.raw({ method: 'PUT', path: tenant.path(`certificates/${id}/${below}`), headers, body })
}

describe('a certificate whose key is made here', () => {
  it.each([
    { keyType: 'RSA-2048', warnings: [] },
    { keyType: 'EC-P384', warnings: [] },
    { keyType: 'Ed25519', warnings: ['JAVA_CANNOT_USE_KEY'] },
  ])('goes with a $keyType key from a request to a forwarded call', async ({ keyType, warnings }) => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant, { name: 'c1', ...spec, keyType })
    expect(csr).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----/)
    expect(certificate).toMatchObject({ name: 'c1', status: 'PendingSignature', keyType, expirationDate: null })
    expect(certificate).toMatchObject({ subject: 'CN=made here', fingerprintSha256: null })

    const url = `${target.url}/${keyType}`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: 'm1' })
    const signed = await target.clientCa.signRequest(csr)
    const done = await upload(tenant, certificate, [...signed.chain, signed.certificate].join(''))
    mustBe(200, done)
    const { fingerprintSha256 } = signed
    expect(JSON.parse(done.body.toString())).toMatchObject({
      status: 'Available',
      fingerprintSha256,
      keyType,
      warnings,
    })

    const caller = await tenant.newCaller()
    const forwarded = await eventually(
      () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)),
      ({ status }) => status === 200,
    )
    expect(forwarded.body.clientCertificate).toMatchObject({
      commonName: 'made here',
      fingerprint256: signed.fingerprintSha256,
    })
  })

  it('is listed, got and mapped while it waits; a call and a check say so, and there is nothing to download', async () => {
    const tenant = await system.newTenant()
    const { certificate } = await newRequest(tenant)
    const url = `${target.url}/waits`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: 'm1' })
    const listed = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))
    expect(listed).toMatchObject({ status: 200, body: [{ id: certificate.id, status: 'PendingSignature' }] })
    const path = tenant.path(`certificates/${certificate.id}`)
    expect(await tenant.api.json('GET', path)).toMatchObject({ status: 200, body: { status: 'PendingSignature' } })
    expectProblem(await tenant.api.json('GET', `${path}/download`), 424, 'CERTIFICATE_PENDING_SIGNATURE')
    expectProblem(await tenant.api.json('DELETE', path), 409, 'CERTIFICATE_IN_USE')

    const caller = await tenant.newCaller()
    target.clear()
    const refused = await caller.json('GET', tenant.forwardPath, undefined, lp(url))
    expectProblem(refused, 424, 'CERTIFICATE_PENDING_SIGNATURE')
    expect(target.seen).toEqual([])
    const entry = { serviceName: 'IDP', accountId: tenant.id, url }
    const checked = await caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry])
    expect(checked).toMatchObject({ status: 200, body: [{ doExist: false }] })
    const explained = await tenant.api.json('POST', tenant.path('mappings/explain'), { serviceName: 'IDP', url })
    expect(explained.body).toMatchObject({ outcome: 'error', code: 'CERTIFICATE_PENDING_SIGNATURE' })
  })

  it('can be deleted while it waits, and then takes no signed certificate', async () => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant)
    const signed = await target.clientCa.signRequest(csr)
    mustBe(200, await tenant.api.json('DELETE', tenant.path(`certificates/${certificate.id}`)))
    expectProblem(await upload(tenant, certificate, signed.certificate), 404, 'CERTIFICATE_NOT_FOUND')
  })

  it('is made once with an Idempotency-Key; its request is not told again', async () => {
    const tenant = await system.newTenant()
    const send = () =>
      tenant.api.json<Requested>(
        'POST',
        tenant.path('certificates/csr'),
        { name: 'c1', ...spec },
        { 'idempotency-key': 'k' },
      )
    const [first, again] = [await send(), await send()]
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual({ certificate: first.body.certificate, csr: null })
  })

  it('has a name that nobody has', async () => {
    const tenant = await system.newTenant()
    await newRequest(tenant)
    const again = await tenant.api.json('POST', tenant.path('certificates/csr'), { name: 'c1', ...spec })
    expectProblem(again, 409, 'CERTIFICATE_NAME_TAKEN')
  })

  it('can be uploaded instead; what was asked for is a renewal then', async () => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant)
    const identity = await target.clientCa.issue({ commonName: 'uploaded' })
    const body = [{ ...certificateEntry('c1', identity), id: certificate.id }]
    mustBe(200, await tenant.api.json('PUT', tenant.path('certificates'), body))
    const got = await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${certificate.id}`))
    expect(got.body).toMatchObject({ status: 'Available', staged: { status: 'PendingSignature' } })
    const signed = await target.clientCa.signRequest(csr)
    expectProblem(await upload(tenant, certificate, signed.certificate), 409, 'NO_PENDING_REQUEST')
    mustBe(200, await upload(tenant, certificate, signed.certificate, 'staged/signed-certificate'))
  })
})

describe('a renewal', () => {
  const namesOf = ({ certificate }: { certificate: string }) => {
    const { subject, subjectAltName } = new X509Certificate(certificate)
    return { subject, subjectAltName }
  }

  it('asks for the subject and the names of the version in use, unless it has others', async () => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant)
    mustBe(200, await upload(tenant, certificate, (await target.clientCa.signRequest(csr)).certificate))
    const renew = async (body?: object) => {
      const path = tenant.path(`certificates/${certificate.id}/staged/csr`)
      const requested = await tenant.api.json<Requested>('POST', path, body)
      mustBe(201, requested)
      const names = namesOf(await target.clientCa.signRequest(requested.body.csr))
      expect(requested.body.certificate.staged?.subject).toBe(names.subject)
      return names
    }
    const same = { subject: 'CN=made here', subjectAltName: 'DNS:client.example' }
    expect(await renew()).toEqual(same)
    expect(await renew({ keyType: 'Ed25519' })).toEqual(same)
    const other = { subject: { commonName: 'other' } }
    expect(await renew(other)).toEqual({ ...same, subject: 'CN=other' })
    expect(await renew({ ...other, subjectAltNames: [] })).toEqual({ subject: 'CN=other', subjectAltName: undefined })
  })

  it('needs a subject where no version is in use', async () => {
    const tenant = await system.newTenant()
    const { certificate } = await newRequest(tenant)
    const path = tenant.path(`certificates/${certificate.id}/staged/csr`)
    expectProblem(await tenant.api.json('POST', path, {}), 424, 'CERTIFICATE_PENDING_SIGNATURE')
    expectProblem(await tenant.api.json('POST', path, { subject: {} }), 400, 'VALIDATION_FAILED')
  })
})

describe('a signed certificate', () => {
  it('comes as PEM of any type, or in JSON', async () => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant)
    const signed = await target.clientCa.signRequest(csr)
    const body = { certificate: signed.certificate }
    const done = await tenant.api.json('PUT', tenant.path(`certificates/${certificate.id}/signed-certificate`), body)
    expect(done).toMatchObject({ status: 200, body: { status: 'Available', warnings: ['CHAIN_INCOMPLETE'] } })
    const download = await tenant.api.raw({
      method: 'GET',
      path: tenant.path(`certificates/${certificate.id}/download`),
    })
    expect(download.body.toString()).toBe(signed.certificate)
  })

  it('that can not be used is refused with the reason that an upload gets, and the request goes on waiting', async () => {
    const tenant = await system.newTenant()
    const { certificate, csr } = await newRequest(tenant)
    const [other, expired, signed] = await Promise.all([
      target.clientCa.issue({ commonName: 'of another key' }),
      target.clientCa.signRequest(csr, { notAfter: new Date(Date.now() - 60_000) }),
      target.clientCa.signRequest(csr),
    ])
    const refused: [body: string, status: number, code: string][] = [
      [other.certificate + other.chain.join(''), 422, 'KEY_CERTIFICATE_MISMATCH'],
      [signed.chain.join(''), 422, 'KEY_CERTIFICATE_MISMATCH'],
      [expired.certificate, 422, 'CERTIFICATE_EXPIRED'],
      [csr, 422, 'PEM_MALFORMED'],
      ['', 422, 'PEM_MALFORMED'],
      [signed.certificate.replace(/\n.{30}/, '\n'), 422, 'CERTIFICATE_MALFORMED'],
      ['x'.repeat(256 * 1024 + 1), 413, 'BODY_TOO_LARGE'],
    ]
    for (const [body, status, code] of refused) expectProblem(await upload(tenant, certificate, body), status, code)
    mustBe(200, await upload(tenant, certificate, signed.certificate))
  })
})
