import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type MtlsTarget, startMtlsTarget, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type ClientIdentity, createTargetTrust, type Dispatchers, type TargetTrustSettings } from '../../src/index.ts'
import { acme, failureOf, get, identityOf, openDispatchers } from '../support/outbound-fixture.ts'

describe('the name that a target’s certificate has to be for', () => {
  let target: TestTarget
  let named: MtlsTarget
  let identity: ClientIdentity
  let dispatchers: Dispatchers

  beforeAll(async () => {
    target = await startTestTarget()
    const serverIdentity = await target.serverCa.issue({ commonName: 'api.example', dnsNames: ['api.example'] })
    named = await startMtlsTarget({ serverIdentity, clientCa: target.clientCa.certificate })
    identity = identityOf(await target.clientCa.issue({ commonName: 'client' }))
  })
  afterAll(() => Promise.all([target.close(), named.close()]))
  beforeEach(() => {
    dispatchers = openDispatchers()
  })
  afterEach(() => dispatchers.destroy())

  const callerWith = (settings: TargetTrustSettings) => ({
    accountId: acme,
    identity,
    trust: createTargetTrust(settings),
  })

  it('is the url’s host', async () => {
    const caller = callerWith({ caCertificates: target.ca })
    const url = named.url.replace('localhost', '127.0.0.1')
    for (const origin of [named.url, url]) {
      const failure = await failureOf(dispatchers, caller, origin)
      expect(failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
      expect(failure.message).toContain('DNS:api.example')
    }
    expect(named.seen).toEqual([])
  })

  it('is the address where the url has one', async () => {
    const caller = callerWith({ caCertificates: target.ca })
    const origin = target.url.replace('localhost', '127.0.0.1')
    await expect(get(dispatchers.acquire(caller, origin))).resolves.toMatchObject({ status: 200 })
  })

  it('is the address where the url has one, and not localhost, which Node puts in its place', async () => {
    const serverIdentity = await target.serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    const local = await startMtlsTarget({ serverIdentity, clientCa: target.clientCa.certificate })
    const caller = callerWith({ caCertificates: target.ca })
    const failure = failureOf(dispatchers, caller, `https://127.0.0.1:${local.port}`).finally(() => local.close())
    await expect(failure).resolves.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it('is the host without the dot that may end it', async () => {
    const caller = callerWith({ caCertificates: target.ca })
    const origin = target.url.replace('localhost', 'localhost.')
    await expect(get(dispatchers.acquire(caller, origin))).resolves.toMatchObject({ status: 200 })
  })

  it('is the server name of the mapping instead, if there is one', async () => {
    const caller = callerWith({ caCertificates: target.ca, serverName: 'api.example' })
    await expect(get(dispatchers.acquire(caller, named.url))).resolves.toMatchObject({ status: 200 })
    await expect(failureOf(dispatchers, caller, target.url)).resolves.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })
})
