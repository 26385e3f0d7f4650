import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { connect as connectTls, createServer, type TlsOptions } from 'node:tls'
import { expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { connectByFlight } from './flight-connection.ts'
import { handOn, record } from './made-flight.ts'

/** A target that answers the ClientHello with these bytes, or closes. */
async function answering(bytes: Buffer): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {}).once('data', () => socket.end(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

async function serveTls(options: TlsOptions = {}) {
  const { privateKey, certificate } = await (await createCa()).issue({ commonName: 'localhost' })
  const server = createServer({ key: privateKey, cert: certificate, ...options }).on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

async function codeWithoutFlight(port: number): Promise<string | undefined> {
  const tls = connectTls({ port, host: '127.0.0.1' })
  const error = await new Promise<Error & { code?: string }>((resolve) => tls.once('error', resolve))
  return error.code
}

it.each([
  ['plain HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ['two letters', Buffer.from('hi')],
  ['a hello of SSL 2', Buffer.from([0x80, 0x2e, 4, 0, 1, 0, 2, 0, 0, 0, 16, ...Buffer.alloc(36)])],
  ['a record of a kind that there is not', record(99, Buffer.from([1]))],
  ['a record of another protocol', record(22, Buffer.from([2, 0, 0, 0]), [4, 0])],
  ['a record that is too long', Buffer.from([22, 3, 3, 0xff, 0xff, 0, 0, 0])],
  ['a hello of TLS 1.1', Buffer.from([22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, ...Buffer.alloc(33), 0xc0, 0x0a, 0])],
  ['an alert', record(21, Buffer.from([2, 40]))],
  ['an old alert', record(21, Buffer.from([2, 70]), [3, 1])],
])('a target that answers with %s gets the error that OpenSSL has for it', async (_name, bytes) => {
  const target = await answering(bytes)
  const { error } = await connectByFlight(target.port)
  const expected = await codeWithoutFlight(target.port)
  target.close()
  expect(expected).toBeDefined()
  expect(error?.code).toBe(expected)
  expect(Buffer.concat(handOn([bytes]).handedOn)).toEqual(bytes)
})

/**
 * What such a record has behind it goes on without having been looked at: OpenSSL has to give up at it, even where the
 * rest is a handshake without a fault.
 */
it('no record that is handed on as foreign lets OpenSSL go on with what follows', async () => {
  const { port, close } = await serveTls()
  for (let type = 0; type < 256; type++) {
    if (type >= 20 && type <= 23) continue
    const first = [record(type, Buffer.from([1]))]
    const onPath = (bytes: Buffer) => [...first.splice(0), bytes]
    const { error } = await connectByFlight(port, { onPath })
    expect(error?.code).toBe('ERR_SSL_UNEXPECTED_MESSAGE')
  }
  close()
})

it('a target of TLS 1.2 is refused that changes its cipher before it has sent a certificate', async () => {
  const { port, close } = await serveTls({ maxVersion: 'TLSv1.2' })
  const onPath = (bytes: Buffer) => {
    const end = 5 + bytes.readUInt16BE(3)
    return [bytes.subarray(0, end), record(20, Buffer.from([1])), bytes.subarray(end)]
  }
  const { error } = await connectByFlight(port, { onPath })
  close()
  expect(['ERR_SSL_UNEXPECTED_MESSAGE', 'TARGET_HANDSHAKE_REFUSED']).toContain(error?.code)
})

it('what follows the first bytes of another protocol is not looked at, however it comes', () => {
  const bytes = Buffer.concat([Buffer.from('hi'), ...Array<Buffer>(40).fill(record(23, Buffer.alloc(20)))])
  for (const pieces of [
    [bytes],
    [bytes.subarray(0, 2), bytes.subarray(2)],
    Array.from(bytes, (byte) => Buffer.of(byte)),
  ]) {
    const { handedOn, error } = handOn(pieces)
    expect([error, Buffer.concat(handedOn)]).toEqual([undefined, bytes])
  }
})
