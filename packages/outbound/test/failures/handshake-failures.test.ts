import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import type { UpstreamPools } from '../../src/index.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { acme, failureOf, listenTcp, openUpstreamPools } from '../support/outbound-fixture.ts'

withTools(describe, 'openssl')('a handshake that fails', () => {
  let ca: TestCa
  let serverIdentity: IssuedCertificate
  let upstreams: UpstreamPools

  beforeAll(async () => {
    ca = await createCa()
    serverIdentity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  })
  beforeEach(() => {
    upstreams = openUpstreamPools({ extraCa: [ca.certificate] })
  })
  afterEach(() => upstreams.destroy())

  /** The failure with a TLS server of these options. */
  async function failureWith(options: TlsOptions) {
    const server = createServer({ key: serverIdentity.privateKey, cert: serverIdentity.certificate, ...options })
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return failureOf(upstreams, { accountId: acme }, `https://localhost:${port}`).finally(() => server.close())
  }

  /** The failure with a server that answers the ClientHello with these bytes, or closes without any. */
  async function failureAfter(bytes: Buffer | undefined) {
    const listener = await listenTcp((socket) => {
      socket.once('data', () => (bytes === undefined ? socket.end() : socket.write(bytes)))
    })
    const origin = `https://localhost:${listener.port}`
    return failureOf(upstreams, { accountId: acme }, origin).finally(() => listener.close())
  }

  const alert = (description: number) => Buffer.from([21, 3, 3, 0, 2, 2, description])

  it('because the target knows old versions of TLS only', async () => {
    const failure = await failureWith({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    expect(failure.code).toBe('TARGET_TLS_VERSION_UNSUPPORTED')
  })

  it('because the target takes an old version of TLS without being offered it', async () => {
    const body = Buffer.concat([Buffer.from([3, 2]), Buffer.alloc(32), Buffer.from([0, 0xc0, 0x0a, 0])])
    const serverHello = Buffer.from([22, 3, 2, 0, body.length + 4, 2, 0, 0, body.length])
    const failure = await failureAfter(Buffer.concat([serverHello, body]))
    expect(failure.code).toBe('TARGET_TLS_VERSION_UNSUPPORTED')
  })

  it('because there is no cipher that both know', async () => {
    const failure = await failureWith({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })
    expect(failure.code).toBe('TARGET_TLS_CIPHER_MISMATCH')
  })

  it('because the target does not know the server name', async () => {
    const options = ['-servername', 'other.example', '-servername_fatal', '-cert2', 'server.pem', '-key2', 'server.pem']
    const server = await startOpensslServer(serverIdentity, ca, [], options)
    const failure = await failureOf(upstreams, { accountId: acme }, server.url).finally(() => server.close())
    expect(failure.code).toBe('TARGET_UNKNOWN_SERVER_NAME')
  })

  it('because the target speaks plain HTTP', async () => {
    const failure = await failureAfter(Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'))
    expect(failure.code).toBe('TARGET_NOT_TLS')
  })

  it.each([
    [40, 'TARGET_TLS_CIPHER_MISMATCH'],
    [70, 'TARGET_TLS_VERSION_UNSUPPORTED'],
    [71, 'TARGET_TLS_CIPHER_MISMATCH'],
    [80, 'TLS_HANDSHAKE_FAILED'],
    [112, 'TARGET_UNKNOWN_SERVER_NAME'],
  ])('by alert %i at its start: %s', async (description, code) => {
    const failure = await failureAfter(alert(description))
    expect(failure).toMatchObject({ code, phase: 'handshake' })
  })

  it('because the target closes without a word', async () => {
    const failure = await failureAfter(undefined)
    expect(failure.code).toBe('ECONNRESET')
    expect(failure.message).toContain('at the start of the TLS handshake')
  })
})
