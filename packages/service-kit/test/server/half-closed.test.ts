import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import type { ServiceOptions } from '../../src/index.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
afterEach(() => service.stop())

const request = (version = '1.1') => `GET / HTTP/${version}\r\nHost: a\r\n\r\n`

/** Everything that arrives on a connection whose side was closed after these bytes. */
async function halfClosed(socket: Socket, bytes: string): Promise<string> {
  let text = ''
  socket.on('data', (piece) => {
    text += piece
  })
  socket.end(bytes)
  await once(socket, 'close')
  return text
}

const open = (url: string) => {
  const { hostname, port, protocol } = new URL(url)
  const options = { host: hostname, port: Number(port), allowHalfOpen: true }
  return protocol === 'https:' ? connectTls({ ...options, rejectUnauthorized: false }) : connectTcp(options)
}

const answering = (afterMs: number): Pick<ServiceOptions, 'claim'> => ({
  claim: (_, response) => {
    setTimeout(() => response.end('answer'), afterMs)
    return true
  },
})

describe('a caller that closes its side behind its request', () => {
  it.each(['1.0', '1.1'])('is answered, and the connection is closed: HTTP/%s', async (version) => {
    service = await startTestService(answering(50))
    expect(await halfClosed(open(service.url), request(version))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*answer/)
  })

  it('is answered over TLS', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'half-closed-'))
    const ca = await createCa()
    const { privateKey, certificate } = await ca.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
    const files = { TLS_KEY_FILE: join(folder, 'key.pem'), TLS_CERT_FILE: join(folder, 'certificate.pem') }
    await writeFile(files.TLS_KEY_FILE, privateKey)
    await writeFile(files.TLS_CERT_FILE, certificate)
    service = await startTestService(answering(50), files)
    expect(await halfClosed(open(service.url), request())).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*answer/)
    // Nobody waits for a caller that disconnects before the handshake.
    expect(await halfClosed(connectTcp({ port: Number(new URL(service.url).port), allowHalfOpen: true }), '')).toBe('')
    await rm(folder, { recursive: true })
  })

  it('is answered for each of its requests', async () => {
    service = await startTestService(answering(50))
    const text = await halfClosed(open(service.url), request() + request())
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  it('is answered however long that takes, with interim answers before it', async () => {
    service = await startTestService(answering(3_000))
    const text = await halfClosed(open(service.url), request())
    expect(text).toMatch(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n){2}HTTP\/1\.1 200 OK[\s\S]*answer/)
  })

  it('is answered with a 400 where that was in the middle of it', async () => {
    service = await startTestService(answering(50))
    const text = await halfClosed(open(service.url), 'GET / HTTP/1.1\r\nHost: a\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('a caller that leaves', () => {
  it.each([
    ['before its answer', '1.1', false],
    ['before its answer', '1.0', false],
    ['within its answer', '1.1', true],
  ])('ends its request: %s, HTTP/%s', async (_, version, isBegun) => {
    const [arrived, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    service = await startTestService({
      claim: (_, response) => {
        if (isBegun) response.write('begun')
        arrived.resolve()
        response.once('close', () => ended.resolve())
        return true
      },
    })
    const socket = open(service.url)
    socket.write(request(version))
    await arrived.promise
    if (isBegun) await once(socket, 'data')
    socket.destroy()
    await ended.promise
    expect(await service.line({ event: 'request' })).toMatchObject({ aborted: true })
  })
})
