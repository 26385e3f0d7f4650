import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { mock } from 'node:test'
import { afterEach, describe, expect, it } from '@jest/globals'
import { passedBuffers } from '../../src/body/body-bytes.ts'
import { readJsonBody } from '../../src/body/json-body.ts'
import { discardBody } from '../../src/server/bounded-reading.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

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

describe('a body that nobody reads', () => {
  let service: TestService
  afterEach(() => service.stop())

  const answered: string[] = []
  const start = async () => {
    answered.length = 0
    service = await startTestService({
      claim: (request, response) => {
        answered.push(request.url ?? '')
        response.writeHead(401, { 'content-length': 0 }).end()
        return true
      },
    })
  }
  const closingHead = head(500 * kib).replace('Host: a', 'Host: a\r\nConnection: close')

  it('does not cost a caller the answer with which the connection ends', async () => {
    await start()
    const { hostname, port } = new URL(service.url)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const errors: Error[] = []
    socket.on('error', (error) => errors.push(error)).resume()
    // More than fits between the two, so that the answer arrives before everything has been sent.
    const length = 32 * 1_024 * kib
    socket.write(`${closingHead.replace(String(500 * kib), String(length))}x`)
    await once(socket, 'end')
    // If the server had closed both sides, this would cause a reset.
    socket.end('x'.repeat(length - 1))
    await once(socket, 'close')
    expect(errors).toEqual([])
  })

  it('is followed by no other request where the connection ends', async () => {
    await start()
    const connection = new RawConnection(service.url).send(`${closingHead}x`)
    await connection.until('HTTP/1.1 401 ')
    connection.send('x'.repeat(500 * kib - 1)).get('/late')
    await connection.closed
    expect(answered).toEqual(['/left'])
  })

  it('is followed by the next one where it does not', async () => {
    await start()
    const connection = new RawConnection(service.url).send(`${head(500 * kib)}x`)
    await connection.until('HTTP/1.1 401 ')
    connection.send('x'.repeat(500 * kib - 1)).get('/next')
    while (answered.length < 2) await new Promise(setImmediate)
    connection.socket.destroy()
    expect(answered).toEqual(['/left', '/next'])
  })
})

describe('what is read away', () => {
  it('is counted among the buffers that V8 is told of, as a body is that was read', async () => {
    const passed = mock.method(passedBuffers, 'passed')
    const counted = () => passed.mock.calls.reduce((sum, { arguments: [bytes] }) => sum + bytes, 0)
    const { connection, server } = await discarding({ bytes: 10 * kib, milliseconds: 60_000 })
    await answered(connection.send(head(1_000 * kib)))
    connection.send('x'.repeat(20 * kib))
    await connection.closed
    server.close()
    expect(counted()).toBeGreaterThan(10 * kib)
    const before = counted()
    const body = Object.assign(Readable.from([Buffer.from('[1]')]), { socket: { bytesRead: 0 } })
    await readJsonBody(body as unknown as IncomingMessage, kib, undefined)
    expect(counted() - before).toBe(3)
    passed.mock.restore()
  })

  /** What came with the head is not counted: the bytes that matter come after the answer. */
  const answered = (connection: RawConnection) => connection.until('HTTP/1.1 413 ')

  async function discarding(limits: Parameters<typeof discardBody>[1]) {
    // Nothing else may close it.
    const server = createServer({ keepAliveTimeout: 0 }, (request: IncomingMessage, response) => {
      response.writeHead(413, { 'content-length': 0 }).end()
      discardBody(request, limits)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { connection: new RawConnection(url), server }
  }

  it('has a limit in bytes, beyond which the connection is closed', async () => {
    const { connection, server } = await discarding({ bytes: 10 * kib, milliseconds: 60_000 })
    await answered(connection.send(head(1_000 * kib)))
    connection.send('x'.repeat(20 * kib))
    await connection.closed
    server.close()
  })

  it('is limited by what comes over the connection, not by what that carries', async () => {
    const { connection, server } = await discarding({ bytes: 10 * kib, milliseconds: 60_000 })
    await answered(connection.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'))
    connection.send('1\r\nx\r\n'.repeat(5 * kib))
    await connection.closed
    server.close()
  })

  it('is limited by what divides it into chunks, long before it is large', async () => {
    const { connection, server } = await discarding({ bytes: 64 * 1_024 * kib, milliseconds: 60_000 })
    await answered(connection.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'))
    connection.send('1\r\nx\r\n'.repeat(300 * kib))
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
