import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { TargetProbes } from '@mtls-gateway/outbound'
import {
  type IssuedCertificate,
  type MtlsTargetOptions,
  startMtlsTarget,
  type TestCa,
  withTools,
} from '@mtls-gateway/test-kit'
import { issueIdentities } from '../programs/identities.ts'
import { startNginxServer } from '../programs/nginx-server.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { credentialsOf } from '../support/outbound-fixture.ts'

const describeWithNginx = withTools(describe, 'nginx')

let serverIdentity: IssuedCertificate
let clientCa: TestCa
let known: IssuedCertificate
let strange: IssuedCertificate
let probes: TargetProbes

beforeAll(async () => {
  const identities = await issueIdentities()
  ;({ serverIdentity, clientCa, known, strange } = identities)
  probes = new TargetProbes({
    guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
    extraCa: [identities.serverCa.certificate],
  })
})
afterAll(() => probes.close())

function probe(url: string, issued = known, method = 'HEAD', deadlineMs = 10_000) {
  return probes.probe({ credentials: credentialsOf(issued) }, { url, method, deadlineMs })
}

async function withTarget(options: Partial<MtlsTargetOptions>, use: (url: string) => Promise<void>): Promise<void> {
  const target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate, ...options })
  await use(target.url).finally(() => target.close())
}

describe('a probe', () => {
  it('succeeds by any answer over HTTP after the handshake', async () => {
    const methods: (string | undefined)[] = []
    const options: Partial<MtlsTargetOptions> = {
      handler: (request, response) => {
        methods.push(request.method)
        response.writeHead(Number(request.url?.slice(1))).end('something of its own')
      },
    }
    await withTarget(options, async (url) => {
      for (const status of [200, 302, 401, 404, 500]) {
        expect(await probe(`${url}/${status}`)).toMatchObject({ ok: true, status, failure: undefined })
      }
      // What a 401 is about may stand in its body.
      expect(methods).toEqual(['HEAD', 'HEAD', 'HEAD', 'GET', 'HEAD', 'HEAD'])
      expect(await probe(`${url}/204`, known, 'POST')).toMatchObject({ ok: true, status: 204 })
      // Whether a 400 is about the certificate stands in its body, which an answer to HEAD does not have.
      expect(await probe(`${url}/400`)).toMatchObject({ ok: true, status: 400 })
      expect(methods.slice(6)).toEqual(['POST', 'HEAD', 'GET'])
    })
  })

  it('fails where the target can not be reached, in the words of a forward', async () => {
    const probed = await probe('https://localhost:1/')
    expect(probed).toMatchObject({ ok: false, failure: { code: 'ECONNREFUSED' }, refusal: undefined })
    expect(probed.failure?.message).toContain('localhost:1')
  })

  it('ends at its deadline', async () => {
    await withTarget({ handler: () => {} }, async (url) => {
      expect(await probe(`${url}/`, known, 'HEAD', 300)).toMatchObject({ ok: false, failure: { code: 'TIMEOUT' } })
    })
  })

  it('tells which issuers a target accepts that only closes the connection, whatever the method', async () => {
    await withTarget({}, async (url) => {
      for (const method of ['HEAD', 'POST']) {
        expect(await probe(`${url}/`, strange, method)).toMatchObject({
          ok: false,
          refusal: { acceptableIssuers: ['CN=Client CA'], chainAcceptable: false },
        })
      }
    })
  })
})

withTools(describe, 'openssl')('a probe of a target that sends an alert', () => {
  it('tells it, and the issuers that the target accepts', async () => {
    const options = ['-Verify', '1', '-verify_return_error', '-CAfile', 'client-ca.pem']
    const server = await startOpensslServer(serverIdentity, clientCa, [], options)
    const probed = await probe(`${server.url}/`, strange).finally(() => server.close())
    expect(probed).toMatchObject({
      ok: false,
      failure: { code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' },
      refusal: { acceptableIssuers: ['CN=Client CA'], chainAcceptable: false, alert: { from: 'target' } },
    })
  })
})

describeWithNginx('a probe of an nginx, which refuses by its answer,', () => {
  it('fails where that says so, and only there', async () => {
    const server = await startNginxServer(serverIdentity, clientCa)
    try {
      expect(await probe(`${server.url}/`)).toMatchObject({ ok: true, status: 200 })
      expect(await probe(`${server.url}/bad`)).toMatchObject({ ok: true, status: 400 })
      for (const method of ['HEAD', 'GET', 'POST']) {
        const refused = await probe(`${server.url}/`, strange, method)
        expect(refused).toMatchObject({
          ok: false,
          status: 400,
          failure: {
            code: 'TARGET_REJECTED_CLIENT_CERTIFICATE',
            message: expect.stringContaining('The SSL certificate error'),
          },
        })
      }
      const without = await probes.probe({}, { url: `${server.url}/`, method: 'HEAD', deadlineMs: 10_000 })
      expect(without).toMatchObject({
        ok: false,
        failure: { message: expect.stringContaining('No required SSL certificate was sent') },
      })
    } finally {
      await server.close()
    }
  })
})
