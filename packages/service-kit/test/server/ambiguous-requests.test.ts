import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ambiguousBytes, ambiguousRequests, refusalOf } from '@mtls-gateway/test-kit'
import { RefusedAddresses, ServiceMetrics } from '../../src/index.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

const ambiguous = 'GET /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n'

let service: TestService

beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

function open(url: string) {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname)
}

describe('a request that can be read in two ways', () => {
  it.each(ambiguousRequests)('reaches no route, and its connection closes: $what', async (request) => {
    const { code } = request
    const refusal = await refusalOf(open(service.url), ambiguousBytes(request, '/accounts/le123/things'))
    expect(refusal).toMatchObject({ answers: 1, status: 400, code, isClosed: true })
  })

  it('closes its connection where its address is refused at once, too, and is counted before', async () => {
    let left = 1
    const counter = {
      admit: () => (left-- > 0 ? { admitted: true, retryAfterMs: 0 } : { admitted: false, retryAfterMs: 60_000 }),
    }
    const refused = new RefusedAddresses(counter, new ServiceMetrics('test').registry)
    const limited = await startTestService({ rateCounter: refused, refused })
    try {
      for (const status of [400, 400, 429, 429]) {
        const connection = new RawConnection(limited.url)
        connection.send(`${ambiguous}GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n`)
        await connection.closed
        expect(connection.text.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`])
      }
    } finally {
      await limited.stop()
    }
  })

  it('is the last of its connection: nothing is done for what has arrived after it', async () => {
    const connection = new RawConnection(service.url)
    connection.send(`${ambiguous}GET /accounts/hidden/things HTTP/1.1\r\nHost: a\r\n\r\n`)
    await connection.closed
    await fetch(`${service.url}/accounts/later/things`)
    await service.line({ path: '/accounts/later/things' })
    expect(service.lines.filter(({ path }) => path === '/accounts/hidden/things')).toEqual([])
  })

  it('is told why, with the headers of every answer, and is in the log', async () => {
    const connection = new RawConnection(service.url)
    connection.send('POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n')
    await connection.closed
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*x-request-id: .*x-content-type-options: nosniff/s)
    expect(connection.text).toContain('The only supported Transfer-Encoding is chunked.')
    await service.line({ code: 'MALFORMED_REQUEST', status: 400 })
  })
})

describe('a request that can be read in one way alone', () => {
  it('is answered on a connection that stays: chunks in capital letters, cookies in two lines', async () => {
    const connection = new RawConnection(service.url)
    connection.send('GET /accounts/le123/things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n')
    connection.send('Cookie: a=b\r\nCookie: c=d\r\n\r\n0\r\n\r\n')
    await connection.until('le123')
    expect(connection.text).toMatch(/^HTTP\/1\.1 200 .*Connection: keep-alive/s)
    connection.socket.destroy()
  })
})
