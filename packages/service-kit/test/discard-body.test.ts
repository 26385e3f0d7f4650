import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { discardBody } from '../src/body/discard-body.ts'
import { readJsonBody } from '../src/body/json-body.ts'
import { RawConnection } from './raw-connection.ts'
import { startTestService, type TestService } from './test-service.ts'

const kib = 1_024
const head = (length: number) => `POST /left HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`
const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`

describe('a body that is left half read', () => {
  let service: TestService
  afterEach(() => service.stop())

  /** Reads 1 KiB at most, then answers 413. */
  const start = async () => {
    service = await startTestService({
      claim: (request, response) => {
        if (request.url !== '/left') return false
        readJsonBody(request, kib, undefined).catch(() => response.writeHead(413, { 'content-length': 0 }).end())
        return true
      },
    })
  }

  it.each([
    ['of known length', `${head(500 * kib)}${'x'.repeat(500 * kib)}`],
    [
      'in chunks',
      `POST /left HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(250 * kib)}${chunk(250 * kib)}0\r\n\r\n`,
    ],
  ])('is read away, and the connection takes the next request: %s', async (_, bytes) => {
    await start()
    const connection = new RawConnection(service.url).send(bytes).get('/health/live')
    await connection.until('200 OK')
    expect(connection.text).toMatch(/^HTTP\/1\.1 413 /)
    connection.socket.destroy()
  })

  it('is answered while it is still coming', async () => {
    await start()
    const connection = new RawConnection(service.url).send(`${head(500 * kib)}${'x'.repeat(2 * kib)}`)
    await connection.until('HTTP/1.1 413 ')
    connection.socket.destroy()
  })
})

describe('what is read away', () => {
  async function discarding(limits: Parameters<typeof discardBody>[1]) {
    const server = createServer((request: IncomingMessage, response) => {
      response.writeHead(413, { 'content-length': 0 }).end()
      discardBody(request, limits)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { connection: new RawConnection(url), server }
  }

  it('has a limit in bytes, beyond which the connection is closed', async () => {
    const { connection, server } = await discarding({ bytes: 10 * kib, milliseconds: 60_000 })
    connection.send(`${head(1_000 * kib)}${'x'.repeat(20 * kib)}`)
    await connection.closed
    server.close()
  })

  it('has a limit in time, after which the connection is closed', async () => {
    const { connection, server } = await discarding({ bytes: 10 * kib, milliseconds: 50 })
    connection.send(`${head(1_000 * kib)}x`)
    await connection.closed
    expect(connection.text).toContain('413')
    server.close()
  })
})
