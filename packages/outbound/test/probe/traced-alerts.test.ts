import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { TracedCalls } from '@mtls-gateway/outbound'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { type OpensslServer, startOpensslServer } from '../support/openssl-server.ts'
import { credentialsOf } from '../support/outbound-fixture.ts'

const verify = ['-Verify', '3', '-verify_return_error', '-CAfile', 'client-ca.pem']

const oneAtATime = { total: 1, share: 1, reserve: 0 }

withTools(describe, 'openssl').each(['TLSv1.2', 'TLSv1.3'] as const)(
  'the alert of a traced call over %s',
  (version) => {
    let serverCa: TestCa
    let clientCa: TestCa
    let server: OpensslServer
    let calls: TracedCalls

    beforeAll(async () => {
      ;[serverCa, clientCa] = await Promise.all([createCa(), createCa({ name: 'Client CA' })])
      const identity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
      const revoked = await clientCa.issue({ commonName: 'revoked' })
      const options = [...verify, version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3']
      server = await startOpensslServer(identity, clientCa, [revoked], options)
      calls = new TracedCalls({
        guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
        extraCa: [serverCa.certificate],
        places: new Bulkhead('traced-calls', oneAtATime),
        ranks: new Ranks(),
      })
    })
    afterAll(async () => {
      await calls.close()
      await server.close()
    })

    const callWith = (certificate?: IssuedCertificate) =>
      calls.call(
        'one',
        certificate ? { credentials: credentialsOf(certificate) } : {},
        { url: server.url, method: 'GET', headers: {}, maxBodyBytes: 1_000 },
        10_000,
      )

    it('says that a certificate has expired', async () => {
      const notAfter = new Date(Date.now() - 1_800_000)
      const report = await callWith(await clientCa.issue({ commonName: 'old', notAfter }))
      expect(report).toMatchObject({
        failure: { code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' },
        trace: { alert: { from: 'target', code: 45, description: 'certificate expired' }, chainAcceptable: true },
      })
    })

    it('says that the CA is unknown', async () => {
      const report = await callWith(await (await createCa({ name: 'Stranger' })).issue({ commonName: 'stranger' }))
      expect(report).toMatchObject({
        failure: { code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' },
        trace: { alert: { from: 'target', code: 48, description: 'unknown ca' }, chainAcceptable: false },
      })
    })

    it('says that a certificate is required', async () => {
      const report = await callWith()
      const alert =
        version === 'TLSv1.2'
          ? { code: 40, description: 'handshake failure' }
          : { code: 116, description: 'certificate required' }
      expect(report).toMatchObject({
        failure: { code: 'TARGET_REQUIRES_CLIENT_CERTIFICATE' },
        trace: {
          clientCertificateRequested: true,
          acceptableIssuers: ['CN=Client CA'],
          alert: { from: 'target', ...alert },
        },
      })
    })

    it('is none where the call succeeds, and where it is we who end it', async () => {
      const good = await clientCa.issue({ commonName: 'good' })
      const untrusting = new TracedCalls({
        guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
        extraCa: [],
        places: new Bulkhead('traced-calls', oneAtATime),
        ranks: new Ranks(),
      })
      const call = { url: server.url, method: 'GET', headers: {}, maxBodyBytes: 1_000 }
      const refused = await untrusting.call('one', { credentials: credentialsOf(good) }, call, 10_000)
      await untrusting.close()
      const taken = await callWith(good)
      expect(taken).toMatchObject({ answer: { status: 200 }, trace: { alert: null } })
      expect(refused).toMatchObject({
        answer: undefined,
        handshake: { authorized: false },
        trace: { alert: null },
      })
    })
  },
)
