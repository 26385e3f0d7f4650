import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { createTargetTrust, type Dispatchers, type TargetCaller } from '../../src/index.ts'
import { acme, ask, failureOf, get, globex, identityOf, openDispatchers } from '../support/outbound-fixture.ts'

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('callers of one target over %s', (version) => {
  let target: TestTarget
  let dispatchers: Dispatchers
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
    dispatchers = openDispatchers({ extraCa: [target.ca], settings: { connectionsPerTarget: 5 } })
  })
  afterEach(() => dispatchers.destroy())

  it('never mix over 500 interleaved calls on pooled connections', async () => {
    const callers: TargetCaller[] = [
      { accountId: acme, identity: identityOf(ofAcme) },
      { accountId: globex, identity: identityOf(ofGlobex) },
    ]
    const calls = Array.from({ length: 500 }, (_, index) => callers[index % 2] as TargetCaller)
    await Promise.all(
      calls.map((caller, index) => get(dispatchers.acquire(caller, target.url), `/${caller.accountId}/${index}`)),
    )
    const wrong = target.seen.filter(
      ({ url, clientCertificate }) => !url.startsWith(`/${clientCertificate?.commonName}/`),
    )
    expect(target.seen).toHaveLength(500)
    expect(wrong).toEqual([])
    expect(new Set(target.seen.map(({ socketId }) => socketId)).size).toBeLessThanOrEqual(10)
  })

  it('are told apart by version within one account, as a replaced certificate keeps its id', async () => {
    const before = { accountId: acme, identity: identityOf(ofAcme, 'v1') }
    const after = { accountId: acme, identity: identityOf(ofGlobex, 'v2') }
    for (const caller of [before, after, before, after]) await get(dispatchers.acquire(caller, target.url))
    expect(target.seen.map(({ clientCertificate }) => clientCertificate?.commonName)).toEqual([
      'acme',
      'globex',
      'acme',
      'globex',
    ])
  })

  it('never resume a TLS session, not even their own', async () => {
    const caller = { accountId: acme, identity: identityOf(ofAcme) }
    for (let call = 0; call < 4; call++) {
      await ask(dispatchers.acquire(caller, target.url), { headers: ['Connection', 'close'] })
    }
    expect(new Set(target.seen.map(({ socketId }) => socketId)).size).toBe(4)
    expect(reusedSessions).toEqual([false, false, false, false])
  })

  it('do not share connections where they trust differently', async () => {
    const identity = identityOf(ofAcme)
    const trusting = { accountId: acme, identity, trust: createTargetTrust({ caCertificates: target.ca }) }
    const { certificate } = await createCa()
    const distrusting = { accountId: acme, identity, trust: createTargetTrust({ caCertificates: certificate }) }
    await get(dispatchers.acquire(trusting, target.url))
    await expect(failureOf(dispatchers, distrusting, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    })
  })

  it('present the chain behind the leaf', async () => {
    const intermediate = await target.clientCa.createIntermediate('Issuing CA')
    const identity = identityOf(await intermediate.issue({ commonName: 'behind an intermediate' }))
    await get(dispatchers.acquire({ accountId: acme, identity }, target.url))
    expect(target.seen[0]?.clientCertificate?.commonName).toBe('behind an intermediate')
  })
})
