import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { breakOff } from '../../src/index.ts'
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
    const [first, second] = [await heldAt('/first'), await heldAt('/second')]
    first.writeHead(200, { 'content-length': 4 })
    first.write(Buffer.from('ab'))
    await connection.until('ab')
    first.end(Buffer.from('cd'))
    await connection.until('100 Continue')
    expect(connection.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nabcdHTTP\/1\.1 100 Continue\r\n\r\n$/)
    connection.send('xy')
    second.end('done')
    await connection.until('done')
    expect(statuses(connection.text)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 200'])
    connection.socket.destroy()
  })

  it.each(['Content-Length: 2', 'Content-Length: 0'])(
    'sends no 100 where its own head came first: %s',
    async (length) => {
      const connection = await startHolding()
      connection.get('/first').send(`POST /second HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n${length}\r\n\r\n`)
      const [first, second] = [await heldAt('/first'), await heldAt('/second')]
      second.end(Buffer.from('second'))
      first.end(Buffer.from('first'))
      await connection.closed
      expect(statuses(connection.text)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
      expect(connection.text).toMatch(/second$/)
    },
  )

  it.each(['before its head', 'behind its head'])(
    'that is broken off %s ends the connection when that has gone out',
    async (when) => {
      const connection = await startHolding()
      connection.get('/first').get('/second')
      const [first, second] = [await heldAt('/first'), await heldAt('/second')]
      if (when === 'behind its head') second.write('half of it')
      breakOff(second)
      first.write('a')
      await connection.until('a')
      first.end('whole')
      await connection.closed
      expect(statuses(connection.text)).toEqual(['HTTP/1.1 200'])
      expect(connection.text).toContain('whole')
    },
  )

  it('is closed with its connection, whatever ends that', async () => {
    const connection = await startHolding()
    connection.get('/first').get('/second')
    const responses = [await heldAt('/first'), await heldAt('/second')]
    const closed = Promise.all(responses.map((response) => once(response, 'close')))
    connection.send('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n')
    await connection.closed
    await closed
  })

  it('that is broken off at the front ends the connection at once', async () => {
    const connection = await startHolding()
    connection.get('/first')
    const first = await heldAt('/first')
    first.write('begun')
    await connection.until('begun')
    breakOff(first)
    await connection.closed
    expect(connection.text).not.toContain('\r\n0\r\n')
  })
})
