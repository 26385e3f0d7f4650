import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { createCa, startNameServer, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import type { ClientCredentials, ConnectionIdentity } from '../../src/identities/connection-identity.ts'
import { AddressLookup, callTarget, createTargetTrust, type TargetTrust, type UpstreamPools } from '../../src/index.ts'
import { acme, credentialsOf, globex, localGuard, openUpstreamPools, statsOf } from '../support/outbound-fixture.ts'

describe('a call apart', () => {
  let target: TestTarget
  let upstreams: UpstreamPools
  let credentials: ClientCredentials

  beforeAll(async () => {
    target = await startTestTarget({
      handler: async (request, response) => {
        if (request.url === '/silent') return
        if (request.url === '/elsewhere') return void response.writeHead(302, { location: '/' }).end()
        const body = (await request.toArray()).join('')
        response.setHeader('x-sent', String(request.headers['x-sent']))
        response.end(`${request.method} ${request.url} ${body}`)
      },
    })
    const { privateKey, certificates } = credentialsOf(await target.clientCa.issue({ commonName: 'tested' }))
    credentials = { privateKey, certificates }
  })
  afterAll(() => target.close())
  beforeEach(() => {
    target.clear()
    upstreams = openUpstreamPools({ extraCa: [target.ca] })
  })
  afterEach(() => upstreams.destroy())

  const call = (path: string, rest: { body?: string; maxBodyBytes?: number; signal?: AbortSignal } = {}) => ({
    url: target.url + path,
    method: rest.body === undefined ? 'GET' : 'POST',
    headers: { 'x-sent': 'yes' },
    maxBodyBytes: 1_000,
    signal: AbortSignal.timeout(10_000),
    ...rest,
  })

  it('reports the answer and the handshake, with the path as it was written', async () => {
    const report = await callTarget(upstreams, { credentials }, call('/a%2Fb//c?q=%41', { body: 'hello' }))
    expect(report.failure).toBeUndefined()
    expect(report.answer).toMatchObject({ status: 200, truncated: false })
    expect(report.answer?.headers['x-sent']).toBe('yes')
    expect(report.answer?.body.toString()).toBe('POST /a%2Fb//c?q=%41 hello')
    expect(report.handshake).toMatchObject({
      protocol: 'TLSv1.3',
      cipher: expect.stringMatching(/^TLS_/),
      authorized: true,
      targetCertificate: {
        subject: 'CN=localhost',
        issuer: 'CN=Server CA',
        subjectAltName: expect.stringContaining('DNS:localhost'),
        notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        fingerprintSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    expect(target.seen[0]?.clientCertificate?.commonName).toBe('tested')
  })

  it('uses a connection of its own each time, and keeps none', async () => {
    for (let round = 0; round < 2; round++) await callTarget(upstreams, { credentials }, call('/'))
    expect(new Set(target.seen.map(({ socketId }) => socketId)).size).toBe(2)
    expect(statsOf(upstreams)).toMatchObject({ identities: 0, connections: 0 })
  })

  it('reads no more of the body than it may', async () => {
    const report = await callTarget(
      upstreams,
      { credentials },
      call('/', { body: 'x'.repeat(5_000), maxBodyBytes: 10 }),
    )
    expect(report.answer).toMatchObject({ truncated: true, body: Buffer.from('POST / xxx') })
  })

  it('follows no redirect', async () => {
    const report = await callTarget(upstreams, { credentials }, call('/elsewhere'))
    expect(report.answer?.status).toBe(302)
    expect(target.seen).toHaveLength(1)
  })

  it('reports a refused client certificate, and the handshake up to it', async () => {
    const report = await callTarget(upstreams, {}, call('/'))
    expect(report).toMatchObject({
      answer: undefined,
      failure: { code: 'TARGET_REQUIRES_CLIENT_CERTIFICATE' },
      handshake: { authorized: true },
    })
  })

  it.each([
    ['TLSv1.2', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', async () => ({ caCertificates: (await createCa()).certificate })],
    ['TLSv1.3', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', async () => ({ caCertificates: (await createCa()).certificate })],
    ['TLSv1.2', 'ERR_TLS_CERT_ALTNAME_INVALID', async () => ({ serverName: 'other.example' })],
    ['TLSv1.3', 'ERR_TLS_CERT_ALTNAME_INVALID', async () => ({ serverName: 'other.example' })],
  ] as const)(
    'reports the handshake of a target whose certificate it refuses: %s, %s',
    async (version, code, trustOf) => {
      const { clientCa, serverCa } = target
      const other = await startTestTarget({ clientCa, serverCa, minVersion: version, maxVersion: version })
      const callWith = (trust?: TargetTrust) =>
        callTarget(upstreams, { credentials, trust }, { ...call('/'), url: `${other.url}/` })
      const trusted = await callWith()
      const report = await callWith(createTargetTrust(await trustOf()))
      await other.close()
      expect(report).toMatchObject({ answer: undefined, failure: { code } })
      expect(trusted.handshake).toMatchObject({ protocol: version, authorized: true })
      expect(report.handshake).toEqual({ ...trusted.handshake, authorized: false })
    },
  )

  it('reports a time limit of the whole call, and that it was given up', async () => {
    const limited = await callTarget(upstreams, { credentials }, call('/silent', { signal: AbortSignal.timeout(100) }))
    expect(limited.failure).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('the whole call') })
    const aborted = await callTarget(upstreams, { credentials }, call('/', { signal: AbortSignal.abort() }))
    expect(aborted).toMatchObject({ failure: { code: 'CALL_ABORTED' }, handshake: undefined })
  })

  it.each([
    { shares: 'accounts have', burden: { accountId: acme }, other: { accountId: globex } },
    { shares: 'host names have, where there is no account,', burden: {}, other: {} },
  ])('is made although all look-ups of another share are taken: $shares one each', async ({ burden, other }) => {
    const inside = Array.from({ length: 1_500 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
    const nameServer = await startNameServer((name) => ({
      addresses: name === 'burden.example' ? inside : ['127.0.0.1'],
      ttl: 0,
    }))
    const addresses = new AddressLookup({
      guard: localGuard,
      nameServers: [nameServer.address],
      places: new Bulkhead('look-ups', { total: 3, share: 1, reserve: 1 }),
    })
    const pools = openUpstreamPools({ addresses, extraCa: [target.ca] })
    const trust = createTargetTrust({ serverName: 'localhost' })
    const callTo = (name: string, identity: ConnectionIdentity) => {
      const url = target.url.replace('localhost', name)
      return callTarget(pools, { ...identity, credentials, trust }, { ...call('/'), url: `${url}/` })
    }
    try {
      const burdened = await callTo('burden.example', burden)
      expect(burdened.failure?.code).toBe('TARGET_ADDRESS_REFUSED')
      const { answer, failure } = await callTo('other.example', other)
      expect([answer?.status, failure]).toEqual([200, undefined])
    } finally {
      await pools.destroy()
      nameServer.close()
    }
  })

  it('reports credentials that cannot be used', async () => {
    const report = await callTarget(upstreams, { credentials: { ...credentials, privateKey: 'none' } }, call('/'))
    expect(report.failure?.code).toBe('CLIENT_CERTIFICATE_UNUSABLE')
    expect(target.seen).toEqual([])
  })

  it('refuses a url that is not canonical or not https', async () => {
    const signal = AbortSignal.timeout(10_000)
    const request = { method: 'GET', headers: {}, maxBodyBytes: 1, signal }
    const dots = callTarget(upstreams, {}, { ...request, url: 'https://a.example/../b' })
    await expect(dots).rejects.toMatchObject({ code: 'TARGET_URL_NOT_CANONICAL' })
    const plain = callTarget(upstreams, {}, { ...request, url: 'http://a.example/' })
    await expect(plain).rejects.toMatchObject({ code: 'TARGET_URL_NOT_HTTPS' })
  })
})
