import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  createCa,
  type IssuedCertificate,
  type MtlsTarget,
  startMtlsTarget,
  type TargetHandler,
  type TestCa,
} from '@mtls-gateway/test-kit'
import { AnswerCollector } from '../../src/http1/exchange.ts'
import {
  type Exchange,
  explainTransportError,
  isDeadReusedConnection,
  TransportError,
  type UpstreamPools,
} from '../../src/index.ts'
import { acme, failureOf, get, listenTcp, openUpstreamPools } from '../support/outbound-fixture.ts'

describe('an exchange that fails', () => {
  let ca: TestCa
  let serverIdentity: IssuedCertificate
  let upstreams: UpstreamPools
  const closing: (() => unknown)[] = []

  beforeAll(async () => {
    ca = await createCa()
    serverIdentity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  })
  beforeEach(() => {
    upstreams = openUpstreamPools({ extraCa: [ca.certificate] })
  })
  afterEach(async () => {
    await upstreams.destroy()
    for (const close of closing.splice(0)) await close()
  })

  async function startTarget(handler: TargetHandler): Promise<MtlsTarget> {
    const options = { serverIdentity, clientCa: ca.certificate, requireClientCertificate: false, handler }
    const target = await startMtlsTarget(options)
    closing.push(target.close)
    return target
  }

  /** A TLS server that answers each request with what this writes. */
  async function startRaw(onRequest: (socket: TLSSocket, request: string) => void): Promise<string> {
    const server = createServer({ key: serverIdentity.privateKey, cert: serverIdentity.certificate }, (socket) => {
      socket.on('error', () => {}).on('data', (data) => onRequest(socket, data.toString()))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    return `https://localhost:${(server.address() as AddressInfo).port}`
  }

  const failureAt = (origin: string) => failureOf(upstreams, { accountId: acme }, origin)

  it('because the target takes too long to answer', async () => {
    upstreams = openUpstreamPools({ extraCa: [ca.certificate], settings: { headersTimeoutMs: 50 } })
    const { url } = await startTarget(() => {})
    const failure = await failureAt(url)
    expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'exchange' })
    expect(failure.message).toContain('did not answer')
  })

  it('because the target stops in the middle of its answer', async () => {
    upstreams = openUpstreamPools({ extraCa: [ca.certificate], settings: { bodyTimeoutMs: 50 } })
    const { url } = await startTarget((_request, response) => void response.write('begun'))
    await expect(failureAt(url)).resolves.toMatchObject({ code: 'TIMEOUT', phase: 'exchange' })
  })

  it('because the target closes before it answers', async () => {
    const origin = await startRaw((socket) => socket.end())
    const failure = await failureAt(origin)
    expect(failure.code).toBe('SOCKET_CLOSED')
    expect(failure.message).toContain('a call without a client certificate in just this way')
  })

  it('because the target closes in the middle of its answer', async () => {
    const origin = await startRaw((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    const failure = await failureAt(origin)
    expect(failure.code).toBe('SOCKET_CLOSED')
    expect(failure.message).toContain('before the answer was complete')
  })

  it('because something on the way resets the connection', async () => {
    let reset: (() => void) | undefined
    const target = await startTarget(() => reset?.())
    const relay = await listenTcp((socket) => {
      const upstream = connect(target.port, '127.0.0.1').on('error', () => {})
      socket.pipe(upstream).pipe(socket)
      reset = () => socket.resetAndDestroy()
    })
    closing.push(relay.close)
    const failure = await failureAt(`https://localhost:${relay.port}`)
    expect(failure).toMatchObject({ code: 'ECONNRESET', phase: 'exchange' })
  })

  it.each([
    ['is no HTTP', 'hello\r\n\r\n'],
    ['has a status line that is none', 'HTTP/1.1 abc\r\n\r\n'],
    ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['has a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
  ])('because the answer %s', async (_fault, answer) => {
    const origin = await startRaw((socket) => socket.write(answer))
    await expect(failureAt(origin)).resolves.toMatchObject({ code: 'MALFORMED_RESPONSE' })
  })

  it('because its caller gives it up', async () => {
    let exchange: Exchange | undefined
    class Abandoned extends AnswerCollector {
      override onStart(begun: Exchange): void {
        exchange = begun
      }
    }
    const { url } = await startTarget(() => exchange?.abort(new TransportError('CALL_ABORTED')))
    const abandoned = new Abandoned(0)
    upstreams.acquire({ accountId: acme }, url).send({ path: '/', method: 'GET', headers: [], body: null }, abandoned)
    const error = await abandoned.answer.catch((reason: unknown) => reason)
    expect(explainTransportError(error, 'target').code).toBe('CALL_ABORTED')
  })

  it('on a kept connection that turns out dead can be told from one on a new connection', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const origin = await startRaw((socket, request) =>
      request.includes('/first') ? socket.write(answer) : socket.end(),
    )
    upstreams = openUpstreamPools({ extraCa: [ca.certificate], settings: { connectionsPerTarget: 1 } })
    const pool = upstreams.acquire({ accountId: acme }, origin)
    const onNew = await get(pool).catch((reason: unknown) => reason)
    await get(pool, '/first')
    const onKept = await get(pool).catch((reason: unknown) => reason)
    expect([onNew, onKept, new Error('other')].map(isDeadReusedConnection)).toEqual([false, true, false])
  })

  it('in an unknown way keeps the name of what happened', () => {
    const failure = explainTransportError(Object.assign(new Error('?'), { code: 'EPROTOTYPE' }), 'target')
    expect(failure).toMatchObject({ code: 'TRANSPORT_FAILED', message: expect.stringContaining('EPROTOTYPE') })
    expect(explainTransportError(undefined, 'target').code).toBe('TRANSPORT_FAILED')
  })

  it('is told in printable ASCII on one line, whatever a certificate holds', () => {
    const error = Object.assign(new Error('no match'), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      cert: { subjectaltname: `DNS:a\r\nSet-Cookie: x=1, DNS:\u00fc${'n'.repeat(5_000)}` },
    })
    const { message } = explainTransportError(error, 'target')
    expect(message).toMatch(/^[\x20-\x7e]{1,600}$/)
  })
})
