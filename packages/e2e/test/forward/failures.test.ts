import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transportCodes } from '@mtls-gateway/outbound'
import type { IssuedCertificate, MtlsTarget, TestTarget } from '@mtls-gateway/test-kit'
import {
  type ApiClient,
  type ApiResponse,
  createCa,
  freePort,
  startMtlsTarget,
  startTestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem, expectSentence, problemOf } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let untrusted: TestTarget
let expiredTarget: MtlsTarget
let wrongName: MtlsTarget
let notTls: Server
let system: SharedSystem
let tenant: Tenant
let stranger: IssuedCertificate
let caller: ApiClient

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
  untrusted = await startTestTarget({ requireClientCertificate: false })
  const clientCa = target.clientCa.certificate
  const { serverCa } = system
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }
  const notBefore = new Date('2020-01-01T00:00:00Z')
  const notAfter = new Date('2020-02-01T00:00:00Z')
  const past = await serverCa.issue({ commonName: 'localhost', ...names, notBefore, notAfter })
  expiredTarget = await startMtlsTarget({ serverIdentity: past, clientCa, requireClientCertificate: false })
  const other = await serverCa.issue({ commonName: 'other.example', dnsNames: ['other.example'] })
  wrongName = await startMtlsTarget({ serverIdentity: other, clientCa, requireClientCertificate: false })
  notTls = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
  await once(notTls, 'listening')
  tenant = await system.newTenant()
  stranger = await (await createCa()).issue({ commonName: 'stranger' })
  await tenant.onboard(stranger, `${target.url}/stranger`)
  caller = await tenant.newCaller()
})

afterAll(async () => {
  await system?.stop()
  for (const server of [target, untrusted, expiredTarget, wrongName]) await server?.close()
  notTls?.close()
})

const forward = (url: string) => caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) })

function expectTransportFailure(answer: ApiResponse<Buffer>): string {
  const code = String(answer.headers['lp-error-from-transport'])
  expectProblem(answer, 424, problemOf(answer).code)
  expect(transportCodes).toContain(code)
  expectSentence(answer.headers['lp-message-from-transport'])
  expect(answer.headers['lp-answered-by']).toBe('gateway')
  return code
}

describe('a target that', () => {
  it('refuses the connection gives 424 ECONNREFUSED', async () => {
    expect(expectTransportFailure(await forward(`https://127.0.0.1:${await freePort()}/`))).toBe('ECONNREFUSED')
  })

  it('has a certificate of an unknown CA gives 424', async () => {
    const code = expectTransportFailure(await forward(`${untrusted.url}/`))
    expect(code).toMatch(/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|TARGET_CERTIFICATE_INVALID)/)
    expect(untrusted.seen).toEqual([])
  })

  it('has an expired certificate gives 424 CERT_HAS_EXPIRED', async () => {
    expect(expectTransportFailure(await forward(`${expiredTarget.url}/`))).toBe('CERT_HAS_EXPIRED')
    expect(expiredTarget.seen).toEqual([])
  })

  it('has the certificate of another host gives 424', async () => {
    expect(expectTransportFailure(await forward(`${wrongName.url}/`))).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(wrongName.seen).toEqual([])
  })

  it('requires a client certificate and gets none gives 424', async () => {
    target.clear()
    const code = expectTransportFailure(await forward(`${target.url}/unmapped`))
    expect(code).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
    expect(target.seen).toEqual([])
  })

  it('does not know the client certificate’s CA gives 424', async () => {
    // Node's server sends no alert for it: only the connection's end is to be seen.
    const answer = await forward(`${target.url}/stranger`)
    expectTransportFailure(answer)
    expect(answer.headers['lp-presented-certificate']).toBe(`sha256=${stranger.fingerprintSha256}`)
    expect(target.seen).toEqual([])
  })

  it('does not speak TLS gives 424', async () => {
    const { port } = notTls.address() as AddressInfo
    expect(expectTransportFailure(await forward(`https://127.0.0.1:${port}/`))).toBe('TARGET_NOT_TLS')
  })

  it('has no address gives 424 ENOTFOUND', async () => {
    const code = expectTransportFailure(await forward('https://does-not-exist.invalid/'))
    // Without a resolver at hand the answer is that it can't be asked.
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(code)
  })

  it('fails with one certificate works with another', async () => {
    const good = await tenant.saveCertificate('good', await target.clientCa.issue({ commonName: 'good' }))
    const url = `${target.url}/good`
    await tenant.map({ certificationId: good.id, serviceId: 'IDP', url, name: 'good' })
    await eventually(
      () => forward(url),
      ({ status }) => status === 200,
    )
    for (const [path, status] of [
      ['/stranger', 424],
      ['/good', 200],
      ['/stranger', 424],
      ['/good', 200],
    ] as const) {
      expect((await forward(target.url + path)).status).toBe(status)
    }
  })
})
