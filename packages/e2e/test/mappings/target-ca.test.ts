import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TargetCa } from '@mtls-gateway/contract'
import { createCa, type IssuedCertificate, type MtlsTarget, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

/** What is left out is the last of the chain: here, nothing. */
const withRoot = (identity: IssuedCertificate) => ({ ...identity, chain: [...identity.chain, ''] })

let system: SharedSystem
let tenant: Tenant
let root: TestCa
let clientCa: TestCa
const targets: MtlsTarget[] = []

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  ;[root, clientCa] = await Promise.all([createCa({ name: 'Bank Root' }), createCa({ name: 'Client CA' })])
})

afterAll(async () => {
  await Promise.all(targets.map((target) => target.close()))
  await system?.stop()
})

async function targetWith(serverIdentity: IssuedCertificate): Promise<MtlsTarget> {
  const target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
  targets.push(target)
  return target
}

const issue = (name = 'localhost') => root.issue({ commonName: name, dnsNames: [name] })
const fetchCa = (body: object) => tenant.api.json<TargetCa>('POST', tenant.path('target-ca'), body)

describe("a target's CA", () => {
  it('is shown without being trusted, and a mapping that is given it reaches the target', async () => {
    const target = await targetWith(withRoot(await issue()))
    const url = `${target.url}/token`
    const identity = await clientCa.issue({ commonName: 'c1' })
    const { mapping } = await tenant.onboard(identity, url)
    const path = tenant.path(`mappings/${mapping.id}`)
    const before = (await tenant.api.json('GET', path)).headers.etag
    const { status, body } = await fetchCa({ url })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      result: 'found',
      url,
      error: null,
      ca: { subject: 'CN=Bank Root', issuer: 'CN=Bank Root', pem: root.certificate },
      chain: [{ subject: 'CN=localhost', issuer: 'CN=Bank Root' }, { subject: 'CN=Bank Root' }],
    })
    expect(body.explanation).toMatch(/comes from the CA "CN=Bank Root", which .* compare its SHA-256 fingerprint/)
    expect(body.ca?.fingerprintSha256).toBe(body.chain[1]?.fingerprintSha256)
    expect(target.seen).toEqual([])
    expect((await tenant.api.json('GET', path)).headers.etag).toBe(before)

    const forward = async () => {
      const caller = system.toForwarderApi({ oauth1: await tenant.newAppKey() })
      return caller.json<{ code?: string }>('GET', tenant.forwardPath, undefined, {
        'LP-forward-url': url,
        'LP-service-name': 'IDP',
      })
    }
    expect((await forward()).status).toBe(424)
    await tenant.api.json('PUT', path, { targetTrust: { caCertificates: body.ca?.pem } })
    await eventually(forward, ({ status }) => status === 200)
  })

  it('that is an intermediate is shown as one', async () => {
    const intermediate = await root.createIntermediate('Bank Issuing CA')
    const target = await targetWith(await intermediate.issue({ commonName: 'localhost', dnsNames: ['localhost'] }))
    const { body } = await fetchCa({ url: target.url })
    expect(body).toMatchObject({ result: 'found', ca: { subject: 'CN=Bank Issuing CA', issuer: 'CN=Bank Root' } })
    expect(body.explanation).toContain('an intermediate CA: that of its issuer "CN=Bank Root" was not sent.')
  })

  it('that the target does not send is to be had from its owner', async () => {
    const target = await targetWith(await issue())
    const { body } = await fetchCa({ url: target.url })
    expect(body).toMatchObject({ result: 'missing', ca: null, error: null, chain: [{ subject: 'CN=localhost' }] })
    expect(body.explanation).toContain('Ask the target’s owner for the certificate of "CN=Bank Root" as PEM')
  })

  it('is not needed where the gateway trusts the target already', async () => {
    const target = await system.startTarget()
    targets.push(target)
    const { body } = await fetchCa({ url: target.url })
    expect(body).toMatchObject({ result: 'trusted', ca: null, error: null })
    expect(target.seen).toEqual([])
  })

  it('is not offered where it would not be enough, until the request says what else is', async () => {
    const target = await targetWith(withRoot(await issue('inner.example')))
    const { body } = await fetchCa({ url: target.url })
    expect(body).toMatchObject({ result: 'failed', ca: null, error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
    const named = await fetchCa({ url: target.url, serverName: 'inner.example' })
    expect(named.body).toMatchObject({ result: 'found', ca: { subject: 'CN=Bank Root' } })
  })

  it('of a target that has expired is not offered', async () => {
    const old = await root.issue({
      ...{ commonName: 'localhost', dnsNames: ['localhost'] },
      ...{ notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) },
    })
    const target = await targetWith(withRoot(old))
    const { body } = await fetchCa({ url: target.url })
    expect(body).toMatchObject({ result: 'failed', ca: null, error: { code: 'CERT_HAS_EXPIRED' } })
  })

  it('is not asked for at an address that the gateway does not connect to', async () => {
    const { body } = await fetchCa({ url: 'https://10.0.0.1/' })
    expect(body).toMatchObject({ result: 'failed', ca: null, chain: [], error: { code: 'TARGET_ADDRESS_REFUSED' } })
  })

  it.each([
    { body: { url: 'https://*.bank.example/' }, code: 'TARGET_URL_NOT_CANONICAL' },
    { body: { url: 'http://bank.example/' }, code: 'TARGET_URL_NOT_HTTPS' },
    { body: { url: 'https://bank.example/', serverName: '10.0.0.1' }, code: 'VALIDATION_FAILED', field: 'serverName' },
    { body: { url: 'https://bank.example/', trust: true }, code: 'VALIDATION_FAILED' },
  ])('is refused with what is wrong with the request: $body', async ({ body, code, field }) => {
    const answer = await fetchCa(body)
    expect(answer).toMatchObject({ status: 400, body: { code, ...(field && { field }) } })
  })
})
