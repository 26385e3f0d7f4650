import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

function bodyOf(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n')))
}

describe('what is not a request', () => {
  it.each([
    ['no HTTP at all', 'HELLO\r\n\r\n', 'MALFORMED_REQUEST'],
    ['headers above 16 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`, 'LIMIT_EXCEEDED'],
    [
      'a body of two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      'MALFORMED_REQUEST',
    ],
  ])('is answered with a problem and the connection closed: %s', async (_, bytes, code) => {
    service = await startTestService({ answerHeaders: { 'lp-answered-by': 'gateway' } })
    const connection = new RawConnection(service.url).send(bytes)
    await connection.closed
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(connection.text).toContain('content-type: application/problem+json')
    expect(connection.text).toContain('lp-answered-by: gateway')
    expect(bodyOf(connection.text)).toMatchObject({ status: 400, code })
  })

  it.each([
    ['an unknown method', 'FROB /things HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP has no such method'],
    ['a method in small letters', 'get /things HTTP/1.1\r\nHost: a\r\n\r\n', 'in capital letters'],
    ['a request without Host', 'GET /things HTTP/1.1\r\n\r\n', 'has no Host header'],
    ['a request for a proxy', 'GET http://a/things HTTP/1.1\r\nHost: a\r\n\r\n', 'a path, not a whole url'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'must use HTTP/1.1'],
    ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 'opens no tunnels'],
    ['a tunnel without Host', 'CONNECT a:443 HTTP/1.1\r\n\r\n', 'opens no tunnels'],
  ])('is told what to do: %s', async (_, bytes, sentence) => {
    service = await startTestService()
    const connection = new RawConnection(service.url).send(bytes)
    await connection.closed
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(connection.text).toContain('x-content-type-options')
    expect(connection.text).toContain('content-type: application/problem+json')
    expect(connection.text).toContain('"code":"MALFORMED_REQUEST"')
    expect(connection.text).toContain(sentence)
  })

  it('never becomes a part of another answer', async () => {
    service = await startTestService({
      claim: ({ socket }, response) => {
        response.write('begun')
        const before = socket.bytesRead
        void (async () => {
          while (socket.bytesRead === before) await setTimeout(5)
          response.end('done')
        })()
        return true
      },
    })
    const connection = new RawConnection(service.url).get('/')
    await connection.until('begun')
    connection.send('HELLO\r\n\r\n')
    await connection.closed
    expect(connection.text).not.toContain('400')
    expect(connection.text).toMatch(/begun[\s\S]*done/)
  })
})

describe('a caller that is slow', () => {
  it('with its headers is answered and closed', async () => {
    service = await startTestService({ limits: { headersTimeoutMs: 100 } })
    const connection = new RawConnection(service.url).send('GET / HTTP/1.1\r\nHost:')
    await connection.closed
    expect(bodyOf(connection.text)).toMatchObject({ code: 'MALFORMED_REQUEST' })
  })

  it('with its body is closed once nothing comes any more', async () => {
    service = await startTestService({ limits: { idleMs: 100 } })
    const head = 'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n'
    const connection = new RawConnection(service.url).send(`${head}{`)
    await connection.closed
    expect(await service.line({ event: 'request', path: '/things' })).toMatchObject({ aborted: true })
  })

  it('is closed when it leaves its connection idle', async () => {
    service = await startTestService({ limits: { idleMs: 100 } })
    const connection = new RawConnection(service.url).get('/health/live')
    await connection.closed
    expect(connection.text).toContain('200 OK')
  })
})

describe('a caller that keeps its connection', () => {
  it('is told that it may for longer than load balancers keep theirs', async () => {
    service = await startTestService()
    const connection = new RawConnection(service.url).get('/health/live')
    await connection.until('Keep-Alive')
    expect(connection.text).toMatch(/Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n/)
  })

  it('may go on once it is back in time, again and again', async () => {
    service = await startTestService({ limits: { idleMs: 2_000 } })
    const connection = new RawConnection(service.url)
    for (let request = 1; request <= 4; request++) {
      connection.text = ''
      await connection.get('/health/live').until('200 OK')
      await setTimeout(700)
    }
    expect(connection.socket.closed).toBe(false)
    connection.socket.destroy()
  })
})

describe('an answer that is slow', () => {
  it('is not cut, however long nothing flows', async () => {
    service = await startTestService({
      limits: { idleMs: 50 },
      claim: (request, response) => {
        void (async () => {
          await once(request.socket, 'timeout')
          response.write('first')
          await once(request.socket, 'timeout')
          response.end('last')
        })()
        return true
      },
    })
    expect(await (await fetch(service.url)).text()).toBe('firstlast')
  })
})

describe('a request that is claimed', () => {
  it('is seen before its Content-Type or path is judged, and is logged and counted with what the claimer says', async () => {
    service = await startTestService({
      claim: (request, response, context) => {
        if (!request.url?.startsWith('/forward/')) return false
        context.route = '/forward/:accountId'
        context.accountId = 'le123'
        context.code = 'TARGET_UNREACHABLE'
        response.writeHead(424).end(context.requestId)
        return true
      },
    })
    const headers = { 'content-type': 'garbage', 'x-request-id': 'r1' }
    const response = await fetch(`${service.url}/forward/%zz`, { method: 'POST', headers, body: 'x' })
    expect([response.status, await response.text()]).toEqual([424, 'r1'])
    expect(await service.line({ event: 'request', requestId: 'r1' })).toMatchObject({
      accountId: 'le123',
      code: 'TARGET_UNREACHABLE',
      status: 424,
    })
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text()
    expect(metrics).toContain('http_requests_total{method="POST",route="/forward/:accountId",status="424"} 1')
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
  })
})
