import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type MtlsTarget, startMtlsTarget, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import {
  createTargetTrust,
  type TargetTrustSettings,
  type UpstreamPools,
  type VersionedCredentials,
} from '../../src/index.ts'
import { acme, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

describe('the name that a target’s certificate has to be for', () => {
  let target: TestTarget
  let named: MtlsTarget
  let credentials: VersionedCredentials
  let upstreams: UpstreamPools

  beforeAll(async () => {
    target = await startTestTarget()
    const serverIdentity = await target.serverCa.issue({ commonName: 'api.example', dnsNames: ['api.example'] })
    named = await startMtlsTarget({ serverIdentity, clientCa: target.clientCa.certificate })
    credentials = credentialsOf(await target.clientCa.issue({ commonName: 'client' }))
  })
  afterAll(() => Promise.all([target.close(), named.close()]))
  beforeEach(() => {
    upstreams = openUpstreamPools()
  })
  afterEach(() => upstreams.destroy())

  const identityWith = (settings: TargetTrustSettings) => ({
    accountId: acme,
    credentials,
    trust: createTargetTrust(settings),
  })

  it('is the url’s host', async () => {
    const identity = identityWith({ caCertificates: target.ca })
    const url = named.url.replace('localhost', '127.0.0.1')
    for (const origin of [named.url, url]) {
      const failure = await failureOf(upstreams, identity, origin)
      expect(failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
      expect(failure.message).toContain('DNS:api.example')
    }
    expect(named.seen).toEqual([])
  })

  it('is the address where the url has one', async () => {
    const identity = identityWith({ caCertificates: target.ca })
    const origin = target.url.replace('localhost', '127.0.0.1')
    await expect(get(upstreams.acquire(identity, origin))).resolves.toMatchObject({ status: 200 })
  })

  it('is the address where the url has one, and not localhost, which Node puts in its place', async () => {
    const serverIdentity = await target.serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    const local = await startMtlsTarget({ serverIdentity, clientCa: target.clientCa.certificate })
    const identity = identityWith({ caCertificates: target.ca })
    const failure = failureOf(upstreams, identity, `https://127.0.0.1:${local.port}`).finally(() => local.close())
    await expect(failure).resolves.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it('is the host without the dot that may end it', async () => {
    const identity = identityWith({ caCertificates: target.ca })
    const origin = target.url.replace('localhost', 'localhost.')
    await expect(get(upstreams.acquire(identity, origin))).resolves.toMatchObject({ status: 200 })
  })

  it('is the server name of the mapping instead, if there is one', async () => {
    const identity = identityWith({ caCertificates: target.ca, serverName: 'api.example' })
    await expect(get(upstreams.acquire(identity, named.url))).resolves.toMatchObject({ status: 200 })
    await expect(failureOf(upstreams, identity, target.url)).resolves.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })
})
