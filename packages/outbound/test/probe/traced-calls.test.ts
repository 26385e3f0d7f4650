import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { constants } from 'node:os'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { TracedCalls } from '@mtls-gateway/outbound'
import {
  createCa,
  freePort,
  type IssuedCertificate,
  type MtlsTargetOptions,
  startMtlsTarget,
  type TestCa,
} from '@mtls-gateway/test-kit'
import { credentialsOf, listenTcp } from '../support/outbound-fixture.ts'

/** For calls of one account, of which one may wait. */
function places(atOnce: number): Bulkhead {
  const waiting = { total: 1, share: 1, reserve: 0, limitMs: 60_000 }
  return new Bulkhead('traced-calls', { total: atOnce, share: atOnce, reserve: 0, waiting })
}

/** Those of the processes that make calls for this one. */
function priorities(): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,nice=,args='], { encoding: 'utf8' }).split('\n')
  const workers = lines.filter((line) => line.includes('traced-call-worker')).map((line) => line.trim().split(/\s+/))
  return workers.filter(([parent]) => Number(parent) === process.pid).map(([, priority]) => Number(priority))
}

describe('a traced call', () => {
  let serverCa: TestCa
  let clientCa: TestCa
  let strangeCa: TestCa
  let serverIdentity: IssuedCertificate
  let issued: IssuedCertificate
  let calls: TracedCalls
  const ranks = new Ranks()

  beforeAll(async () => {
    serverCa = await createCa({ name: 'Server CA' })
    clientCa = await createCa({ name: 'Client CA' })
    strangeCa = await createCa({ name: ' Häß, A+B <c>; =1\u0001 ' })
    serverIdentity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    issued = await (await clientCa.createIntermediate('Issuing CA')).issue({ commonName: 'tested' })
  })
  beforeEach(() => {
    calls = new TracedCalls({
      guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
      extraCa: [serverCa.certificate],
      places: places(4),
      ranks,
    })
  })
  afterEach(() => calls.close())

  const get = { method: 'GET', headers: {}, maxBodyBytes: 1_000 }
  const callTo = (url: string, certificate = issued) =>
    calls.call('one', { credentials: credentialsOf(certificate) }, { ...get, url }, 10_000)
  const withTarget = async <T>(options: Partial<MtlsTargetOptions>, use: (url: string) => Promise<T>): Promise<T> => {
    const target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate, ...options })
    try {
      return await use(target.url)
    } finally {
      await target.close()
    }
  }

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
    const versions = { minVersion: version, maxVersion: version }

    it('tells the issuers that the target named, and that one of them is in the chain', async () => {
      const authorities = clientCa.certificate + strangeCa.certificate
      const report = await withTarget({ clientCa: authorities, ...versions }, (url) => callTo(url))
      expect(report).toMatchObject({
        answer: { status: 200 },
        handshake: { protocol: version },
        trace: {
          clientCertificateRequested: true,
          acceptableIssuers: ['CN=Client CA', 'CN=\\ Häß\\, A\\+B \\<c\\>\\; =1\\01\\ '],
          chainAcceptable: true,
          alert: null,
        },
      })
    })

    it('tells that no certificate of the chain comes from the issuers that the target named', async () => {
      const options = { clientCa: strangeCa.certificate, requireClientCertificate: false, ...versions }
      const report = await withTarget(options, (url) => callTo(url))
      expect(report).toMatchObject({ answer: { status: 200 }, trace: { chainAcceptable: false } })
    })

    it('knows a chain by an issuer with a name of every character', async () => {
      const certificate = await strangeCa.issue({ commonName: 'strange' })
      const options = { clientCa: strangeCa.certificate, ...versions }
      const report = await withTarget(options, (url) => callTo(url, certificate))
      expect(report).toMatchObject({ answer: { status: 200 }, trace: { chainAcceptable: true } })
    })

    it('tells many issuers', async () => {
      const authorities = await Promise.all(
        Array.from({ length: 60 }, (_, index) => createCa({ name: `Authority ${index} ${'x'.repeat(40)}` })),
      )
      const all = authorities.map(({ certificate }) => certificate).join('') + clientCa.certificate
      const report = await withTarget({ clientCa: all, ...versions }, (url) => callTo(url))
      expect(report.trace.acceptableIssuers).toHaveLength(61)
      expect(report.trace.acceptableIssuers).toContain(`CN=Authority 59 ${'x'.repeat(40)}`)
      expect(report.trace.chainAcceptable).toBe(true)
    })
  })

  it('tells that the target asked for no certificate', async () => {
    const { certificate: cert, privateKey: key } = serverIdentity
    const server = createServer({ cert, key }, (_request, response) => response.end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const report = await callTo(`https://localhost:${(server.address() as AddressInfo).port}`)
    server.close()
    expect(report).toMatchObject({
      answer: { status: 200 },
      trace: { clientCertificateRequested: false, acceptableIssuers: [], chainAcceptable: null },
    })
  })

  it('reports a target that speaks no TLS, and one that is not there', async () => {
    const plain = await listenTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const spoken = await callTo(`https://localhost:${plain.port}`)
    await plain.close()
    const gone = await callTo(`https://localhost:${await freePort()}`)
    expect(spoken).toMatchObject({ answer: undefined, failure: { code: 'TARGET_NOT_TLS' }, handshake: undefined })
    expect(gone).toMatchObject({ failure: { code: 'ECONNREFUSED' }, trace: { clientCertificateRequested: false } })
  })

  it('refuses a url that is not canonical, and an address that the guard keeps away', async () => {
    await expect(callTo('https://a.example/../b')).rejects.toMatchObject({ code: 'TARGET_URL_NOT_CANONICAL' })
    const report = await callTo('https://10.0.0.1/')
    expect(report).toMatchObject({ failure: { code: 'TARGET_ADDRESS_REFUSED' }, handshake: undefined })
  })

  it('is given up after its deadline', async () => {
    const silent = await listenTcp(() => {})
    const call = { ...get, url: `https://localhost:${silent.port}` }
    const report = await calls.call('one', { credentials: credentialsOf(issued) }, call, 200)
    await silent.close()
    expect(report).toMatchObject({ failure: { code: 'TIMEOUT' }, handshake: undefined })
  })

  it("goes after the account's first process, whatever that does for the service", async () => {
    const seen: number[] = []
    const closing = await listenTcp((socket) => {
      seen.push(...priorities())
      socket.destroy()
    })
    await callTo(`https://localhost:${closing.port}`)
    await ranks.run('one', () => callTo(`https://localhost:${closing.port}`))
    await closing.close()
    expect(seen).toEqual([constants.priority.PRIORITY_BELOW_NORMAL, constants.priority.PRIORITY_LOW])
  })

  it('turns a call away when as many wait as may', async () => {
    const silent = await listenTcp(() => {})
    const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const
    const few = new TracedCalls({ guard, extraCa: [], places: places(1), ranks })
    const call = { ...get, url: `https://localhost:${silent.port}` }
    const first = [1, 2].map(() => few.call('one', {}, call, 60_000))
    const ends = Promise.allSettled(first)
    await expect(few.call('one', {}, call, 60_000)).rejects.toMatchObject({ code: 'TOO_MANY_CALLS' })
    await few.close()
    await silent.close()
    for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } })
  })
})
