import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService({
    claim: (request, response) => {
      if (request.url === '/refused') response.writeHead(401, { 'content-length': 0 }).end()
      else if (request.url === '/read') request.resume().on('end', () => response.end('read'))
      else return false
      return true
    },
  })
})
afterAll(() => service.stop())

const ask = (path: string, expectation: string, length = 'Content-Length: 2\r\n') =>
  new RawConnection(service.url).send(`POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: ${expectation}\r\n${length}\r\n`)

describe('Expect: 100-continue', () => {
  it('is answered once somebody wants the body', async () => {
    const connection = ask('/read', '100-continue')
    await connection.until('HTTP/1.1 100 Continue\r\n\r\n')
    connection.send('ab')
    await connection.until('read')
    expect(connection.text).toMatch(/200 OK.*Connection: keep-alive/s)
    connection.socket.destroy()
  })

  it.each([
    ['', 'without a length'],
    ['Content-Length: 0\r\n', 'of length 0'],
  ])('costs no connection where there is no body to wait for: %j, %s', async (length) => {
    const connection = ask('/nothing', '100-continue', length)
    await connection.until('NOT_FOUND')
    expect(connection.text).toMatch(/404 .*Connection: keep-alive/s)
    connection.socket.destroy()
  })

  it('is not answered where nobody does, and the connection ends', async () => {
    const connection = ask('/refused', '100-continue')
    await connection.closed
    expect(connection.text).toMatch(/^HTTP\/1\.1 401 .*Connection: close/s)
  })
})

describe('another expectation', () => {
  it('is refused with a problem, never with a bare answer', async () => {
    const connection = ask('/nothing', 'the-impossible')
    await connection.closed
    expect(connection.text).toMatch(/^HTTP\/1\.1 400 .*x-request-id.*MALFORMED_REQUEST/s)
  })
})
