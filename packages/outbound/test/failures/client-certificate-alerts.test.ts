import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, startMtlsTarget, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { explainTransportError, type UpstreamPools } from '../../src/index.ts'
import { type OpensslServer, startOpensslServer } from '../support/openssl-server.ts'
import { acme, ask, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

const hour = 3_600_000
const verify = ['-Verify', '3', '-verify_return_error', '-CAfile', 'client-ca.pem']

withTools(describe, 'openssl').each(['TLSv1.2', 'TLSv1.3'] as const)(
  'what a target has against a client certificate over %s',
  (version) => {
    let serverCa: TestCa
    let clientCa: TestCa
    let serverIdentity: IssuedCertificate
    let good: IssuedCertificate
    let revoked: IssuedCertificate
    let server: OpensslServer
    let upstreams: UpstreamPools
    const versionOption = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'

    beforeAll(async () => {
      ;[serverCa, clientCa] = await Promise.all([createCa(), createCa()])
      serverIdentity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
      ;[good, revoked] = await Promise.all([
        clientCa.issue({ commonName: 'good' }),
        clientCa.issue({ commonName: 'revoked' }),
      ])
      const options = [...verify, '-crl_check', '-CRL', 'client.crl', versionOption]
      server = await startOpensslServer(serverIdentity, clientCa, [revoked], options)
    })
    afterAll(() => server.close())
    beforeEach(() => {
      upstreams = openUpstreamPools({ extraCa: [serverCa.certificate] })
    })
    afterEach(() => upstreams.destroy())

    const failureWith = (issued: IssuedCertificate | undefined, url = server.url) =>
      failureOf(upstreams, { accountId: acme, credentials: issued && credentialsOf(issued) }, url)

    it('is nothing where it is good', async () => {
      const identity = { accountId: acme, credentials: credentialsOf(good) }
      await expect(get(upstreams.acquire(identity, server.url))).resolves.toMatchObject({ status: 200 })
    })

    it('is that there is none', async () => {
      const failure = await failureWith(undefined)
      expect(failure.code).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
      expect(failure.message).toContain('the call had none')
    })

    it('is that there is none, to a Node server as well, every time, however much of a body is on its way', async () => {
      const options = { serverIdentity, clientCa: clientCa.certificate, minVersion: version, maxVersion: version }
      const node = await startMtlsTarget(options)
      const codes = new Set<string>()
      for (let call = 0; call < 20; call++) {
        const body = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(65_536)))
        const pool = upstreams.acquire({ accountId: acme }, node.url)
        const [bodyless, streamed] = await Promise.allSettled([ask(pool), ask(pool, { method: 'POST', body })])
        for (const result of [bodyless, streamed]) {
          codes.add(result.status === 'rejected' ? explainTransportError(result.reason, 'target').code : 'answered')
        }
      }
      await node.close()
      expect([...codes]).toEqual(['TARGET_REQUIRES_CLIENT_CERTIFICATE'])
    })

    it.each([
      ['is from an unknown CA', 'unknown CA', () => createCa().then((ca) => ca.issue({ commonName: 'stranger' }))],
      [
        'has expired',
        'expired',
        () => clientCa.issue({ commonName: 'old', notAfter: new Date(Date.now() - hour / 2) }),
      ],
      [
        'is not valid yet',
        'bad certificate',
        () => clientCa.issue({ commonName: 'new', notBefore: new Date(Date.now() + hour) }),
      ],
      [
        'is not for clients',
        'clientAuth',
        () => clientCa.issue({ commonName: 'server', extendedKeyUsage: ['serverAuth'] }),
      ],
      ['is revoked', 'revoked', async () => revoked],
    ])('is that it %s', async (_reason, word, issue) => {
      const failure = await failureWith(await issue())
      expect(failure.code).toBe('TARGET_REJECTED_CLIENT_CERTIFICATE')
      expect(failure.message).toContain(word)
    })

    it.each([
      ['EC-P256', 'RSA-PSS+SHA256', 'rsa_pss_rsae_sha256'],
      ['RSA-2048', 'ECDSA+SHA384:ed25519', 'ecdsa_secp384r1_sha384, ed25519'],
    ] as const)('is that a key of type %s is not taken', async (keyType, algorithms, names) => {
      const options = [...verify, versionOption, '-client_sigalgs', algorithms]
      const choosy = await startOpensslServer(serverIdentity, clientCa, [], options)
      const issued = await clientCa.issue({ commonName: 'choosy', keyType })
      const failure = await failureWith(issued, choosy.url).finally(() => choosy.close())
      expect(failure.code).toBe('TARGET_REJECTED_CLIENT_KEY_TYPE')
      expect(failure.message).toContain(`(it accepts ${names})`)
    })

    it('is nothing where it takes one of several signatures of its key', async () => {
      const options = [...verify, versionOption, '-client_sigalgs', 'ed25519:ECDSA+SHA256']
      const other = await startOpensslServer(serverIdentity, clientCa, [], options)
      const identity = { accountId: acme, credentials: credentialsOf(good) }
      const answer = get(upstreams.acquire(identity, other.url)).finally(() => other.close())
      await expect(answer).resolves.toMatchObject({ status: 200 })
    })

    it('is not said by a Node server, which only closes: the sentence names the suspicion', async () => {
      const node = await startMtlsTarget({
        serverIdentity,
        clientCa: (await createCa()).certificate,
        minVersion: version,
        maxVersion: version,
      })
      const failure = await failureWith(good, node.url).finally(() => node.close())
      expect(failure.code).toMatch(/^(ECONNRESET|SOCKET_CLOSED)$/)
      expect(failure.message).toContain('refuse a client certificate in just this way')
    })
  },
)
