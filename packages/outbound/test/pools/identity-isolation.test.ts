import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type AccountIdentity, createTargetTrust, type UpstreamPools } from '../../src/index.ts'
import { acme, ask, credentialsOf, failureOf, get, globex, openUpstreamPools } from '../support/outbound-fixture.ts'

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('identities of one target over %s', (version) => {
  let target: TestTarget
  let upstreams: UpstreamPools
  let ofAcme: IssuedCertificate
  let ofGlobex: IssuedCertificate
  const reusedSessions: boolean[] = []

  beforeAll(async () => {
    target = await startTestTarget({
      minVersion: version,
      maxVersion: version,
      handler: (request, response) => {
        // The type of `request` does not say that the socket is a TLS one.
        reusedSessions.push((request.socket as TLSSocket).isSessionReused())
        response.end('ok')
      },
    })
    ;[ofAcme, ofGlobex] = await Promise.all([
      target.clientCa.issue({ commonName: 'acme' }),
      target.clientCa.issue({ commonName: 'globex' }),
    ])
  })
  afterAll(() => target.close())
  beforeEach(() => {
    target.clear()
    reusedSessions.length = 0
    upstreams = openUpstreamPools({ extraCa: [target.ca], settings: { connectionsPerTarget: 5 } })
  })
  afterEach(() => upstreams.destroy())

  it('never mix over 500 interleaved calls on pooled connections', async () => {
    const identities: AccountIdentity[] = [
      { accountId: acme, credentials: credentialsOf(ofAcme) },
      { accountId: globex, credentials: credentialsOf(ofGlobex) },
    ]
    const calls = Array.from({ length: 500 }, (_, index) => identities[index % 2] as AccountIdentity)
    await Promise.all(
      calls.map((identity, index) => get(upstreams.acquire(identity, target.url), `/${identity.accountId}/${index}`)),
    )
    const wrong = target.seen.filter(
      ({ url, clientCertificate }) => !url.startsWith(`/${clientCertificate?.commonName}/`),
    )
    expect(target.seen).toHaveLength(500)
    expect(wrong).toEqual([])
    expect(new Set(target.seen.map(({ socketId }) => socketId)).size).toBeLessThanOrEqual(10)
  })

  it('are told apart by version within one account, as a replaced certificate keeps its id', async () => {
    const before = { accountId: acme, credentials: credentialsOf(ofAcme, 'v1') }
    const after = { accountId: acme, credentials: credentialsOf(ofGlobex, 'v2') }
    for (const identity of [before, after, before, after]) await get(upstreams.acquire(identity, target.url))
    expect(target.seen.map(({ clientCertificate }) => clientCertificate?.commonName)).toEqual([
      'acme',
      'globex',
      'acme',
      'globex',
    ])
  })

  it('never resume a TLS session, not even their own', async () => {
    const identity = { accountId: acme, credentials: credentialsOf(ofAcme) }
    for (let call = 0; call < 4; call++) {
      await ask(upstreams.acquire(identity, target.url), { headers: ['Connection', 'close'] })
    }
    expect(new Set(target.seen.map(({ socketId }) => socketId)).size).toBe(4)
    expect(reusedSessions).toEqual([false, false, false, false])
  })

  it('do not share connections where they trust differently', async () => {
    const credentials = credentialsOf(ofAcme)
    const trusting = { accountId: acme, credentials, trust: createTargetTrust({ caCertificates: target.ca }) }
    const { certificate } = await createCa()
    const distrusting = { accountId: acme, credentials, trust: createTargetTrust({ caCertificates: certificate }) }
    await get(upstreams.acquire(trusting, target.url))
    await expect(failureOf(upstreams, distrusting, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    })
  })

  it('present the chain behind the leaf', async () => {
    const intermediate = await target.clientCa.createIntermediate('Issuing CA')
    const credentials = credentialsOf(await intermediate.issue({ commonName: 'behind an intermediate' }))
    await get(upstreams.acquire({ accountId: acme, credentials }, target.url))
    expect(target.seen[0]?.clientCertificate?.commonName).toBe('behind an intermediate')
  })
})
