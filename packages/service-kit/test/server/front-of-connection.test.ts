import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

/** Answers to requests, by path, that are sent when a test says so. */
const held = new Map<string, ServerResponse>()

async function startHolding(): Promise<RawConnection> {
  held.clear()
  service = await startTestService({
    claim: (request, response) => {
      held.set(request.url ?? '', response)
      request.resume()
      return true
    },
  })
  return new RawConnection(service.url)
}

async function heldAt(path: string): Promise<ServerResponse> {
  for (;;) {
    const response = held.get(path)
    if (response !== undefined) return response
    await new Promise(setImmediate)
  }
}

/** Status lines, and what stands between them. */
const statuses = (text: string) => text.match(/HTTP\/1\.1 \d{3}/g)

describe('an answer behind another one', () => {
  it('sends its 100 when that has gone out, and not into its body', async () => {
    const connection = await startHolding()
    connection
      .get('/first')
      .send('POST /second HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
    const first = await heldAt('/first')
    first.writeHead(200, { 'content-length': 4 })
    first.write(Buffer.from('ab'))
    await connection.until('ab')
    first.end(Buffer.from('cd'))
    await connection.until('100 Continue')
    expect(connection.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nabcdHTTP\/1\.1 100 Continue\r\n\r\n$/)
    connection.send('xy')
    const second = await heldAt('/second')
    second.end('done')
    await connection.until('done')
    expect(statuses(connection.text)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 200'])
    connection.socket.destroy()
  })

  it('is never made where that ends the connection', async () => {
    const connection = await startHolding()
    connection.get('/first').get('/second')
    const first = await heldAt('/first')
    first.write('begun')
    await connection.until('begun')
    first.destroy()
    await connection.closed
    expect(connection.text).not.toContain('\r\n0\r\n')
    expect([...held.keys()]).toEqual(['/first'])
  })
})

describe('an answer', () => {
  it('is closed with its connection, whatever ends that', async () => {
    const connection = await startHolding()
    connection.get('/first')
    const first = await heldAt('/first')
    const closed = new Promise((resolve) => first.once('close', resolve))
    connection.send('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n')
    await connection.closed
    await closed
  })
})
