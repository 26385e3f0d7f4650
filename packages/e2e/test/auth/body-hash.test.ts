import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bodyHashOf } from '@mtls-gateway/request-signing'
import { type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { type SignedCall, sendSigned } from '../support/signed-call.ts'
import { certificateEntry, lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { AppKey, Certificate, Requested } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem
let tenant: Tenant
let appKey: AppKey
const calls: Record<string, SignedCall> = {}
const body = JSON.stringify([])

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'signed' }), `${target.url}/`)
  appKey = await tenant.newAppKey()
  const json = { 'content-type': 'application/json' }
  const signed = { method: 'POST', appKey, body }
  calls['config-api'] = {
    ...signed,
    client: system.toConfigApi(),
    base: system.configApi.url,
    path: tenant.path('mappings'),
    headers: json,
  }
  calls['check mapping'] = {
    ...signed,
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    path: '/mtls/mapping',
    headers: json,
  }
  calls.forward = {
    ...signed,
    client: system.toForwarderApi(),
    base: system.forwarderApi.url,
    path: tenant.forwardPath,
    headers: { ...json, ...lp(`${target.url}/`) },
  }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

describe.each(['config-api', 'check mapping', 'forward'])('a signed body hash at %s', (where) => {
  // Filled in by beforeAll: it is there when a test runs.
  const call = () => calls[where] as SignedCall

  it.each(['SHA1', 'SHA256'] as const)('holds when it is that of the body, by %s', async (hash) => {
    const answer = await sendSigned(call(), { hash, bodyHash: bodyHashOf(body, hash) })
    // The empty list is refused for what it is, never for its hash.
    expect([200, 201, 400]).toContain(answer.status)
    expect(String(answer.body)).not.toContain('OAUTH')
  })

  it('is refused when it is of another body', async () => {
    const refused = await sendSigned(call(), { bodyHash: bodyHashOf('[{}]') })
    expectProblem(refused, 401, 'OAUTH_BODY_HASH_MISMATCH')
  })

  it('is refused when it is of another hash than the signature', async () => {
    const refused = await sendSigned(call(), { hash: 'SHA256', bodyHash: bodyHashOf(body, 'SHA1') })
    // Shorter than a hash of this method can be.
    expectProblem(refused, 400, 'OAUTH_MALFORMED')
  })
})

describe('a body of config-api that is not a JSON list', () => {
  const at = (method: string, path: string, rest: Partial<SignedCall> = {}): SignedCall => {
    return { client: system.toConfigApi(), base: system.configApi.url, method, path, appKey, ...rest }
  }
  const newRequest = async (name: string) => {
    const body = { name, subject: { commonName: 'signed' } }
    const requested = await tenant.api.json<Requested>('POST', tenant.path('certificates/csr'), body)
    mustBe(201, requested)
    const { certificate, chain } = await target.clientCa.signRequest(requested.body.csr)
    return { path: tenant.path(`certificates/${requested.body.certificate.id}`), pem: [certificate, ...chain].join('') }
  }
  const pemType = { 'content-type': 'application/x-pem-file' }
  const jsonType = { 'content-type': 'application/json' }

  it.each([
    { as: 'PEM', headers: pemType, bodyOf: (pem: string) => pem },
    { as: 'JSON', headers: jsonType, bodyOf: (certificate: string) => JSON.stringify({ certificate }) },
  ])('is held against its hash where it is a signed certificate as $as', async ({ as, headers, bodyOf }) => {
    const { path, pem } = await newRequest(`signed ${as}`)
    const sent = bodyOf(pem)
    const call = at('PUT', `${path}/signed-certificate`, { headers, body: sent })
    expectProblem(await sendSigned(call, { bodyHash: bodyHashOf(bodyOf('')) }), 401, 'OAUTH_BODY_HASH_MISMATCH')
    mustBe(200, await sendSigned(call, { bodyHash: bodyHashOf(sent) }))
  })

  it('is never PEM with the type of a form, whose parameters would be part of the signature', async () => {
    const { path, pem } = await newRequest('as a form')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const refused = await sendSigned(at('PUT', `${path}/signed-certificate`, { headers, body: pem }))
    expectProblem(refused, 415, 'UNSUPPORTED_MEDIA_TYPE')
  })

  it('is held against its hash where it is the next version of a certificate', async () => {
    const identity = await target.clientCa.issue({ commonName: 'next' })
    const { id } = await tenant.saveCertificate('staged', identity)
    const sent = JSON.stringify(certificateEntry('staged', identity))
    const call = at('POST', tenant.path(`certificates/${id}/staged`), { headers: jsonType, body: sent })
    expectProblem(await sendSigned(call, { bodyHash: bodyHashOf('{}') }), 401, 'OAUTH_BODY_HASH_MISMATCH')
    mustBe(201, await sendSigned(call, { bodyHash: bodyHashOf(sent) }))
  })

  it('is no file, which takes a token', async () => {
    const { id } = await tenant.saveCertificate('by file', await target.clientCa.issue({ commonName: 'by file' }))
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const refused = await sendSigned(
      at('POST', tenant.path(`certificates/${id}/staged`), { headers, body: '--x--\r\n' }),
    )
    expectProblem(refused, 401, 'CREDENTIAL_KIND_NOT_TAKEN')
    expect(refused.headers['www-authenticate']).toMatch(/^Bearer/)
  })

  it.each(['csr', 'probe'])('may be left out of a request to .../staged/%s, but not on the way', async (below) => {
    const { id } = await tenant.saveCertificate(below, await target.clientCa.issue({ commonName: 'cut' }))
    const call = at('POST', tenant.path(`certificates/${id}/staged/${below}`))
    const signed = { bodyHash: bodyHashOf('{"urls":[]}') }
    expectProblem(await sendSigned(call, signed), 401, 'OAUTH_BODY_HASH_MISMATCH')
    const list = await tenant.api.json<Certificate>('GET', tenant.path(`certificates/${id}`))
    expect(list.body.staged).toBeUndefined()
  })
})
