import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get } from 'node:https'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa } from '@mtls-gateway/test-kit'
import { Registry } from 'prom-client'
import { createLog } from '../../src/index.ts'
import { TlsFiles, tlsGauges } from '../../src/server/tls-files.ts'
import { TestLog } from '../support/test-log.ts'
import { startTestService } from '../support/test-service.ts'

let directory: string
let ca: TestCa
let certFile: string
let keyFile: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
  certFile = join(directory, 'tls.crt')
  keyFile = join(directory, 'tls.key')
  ca = await createCa()
})
afterEach(() => rm(directory, { recursive: true }))

async function issue(): Promise<IssuedCertificate> {
  const issued = await ca.issue({ commonName: 'localhost' })
  await writeFile(certFile, issued.certificate)
  await writeFile(keyFile, issued.privateKey)
  return issued
}

/** The fingerprint that a server presents to a new connection. */
async function presented(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, ca: ca.certificate, checkServerIdentity: () => undefined })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

/** Whether a handshake succeeds if the caller supports only this key exchange. */
async function exchange(port: number, ecdhCurve: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ecdhCurve })
  const outcome = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('taken')).once('error', () => resolve('refused'))
  })
  socket.destroy()
  return outcome
}

describe('a service with TLS of its own', () => {
  it('closes a connection whose handshake does not come in time', async () => {
    await issue()
    const limits = { headersTimeoutMs: 200 }
    const service = await startTestService({ limits }, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
    const socket = connectTcp(Number(new URL(service.url).port), '127.0.0.1')
    await once(socket.resume(), 'close')
    await service.stop()
  })

  it('stops while a handshake is under way', async () => {
    await issue()
    const files = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, SHUTDOWN_GRACE: '100ms' }
    const service = await startTestService({ limits: { headersTimeoutMs: 600_000 } }, files)
    const socket = connectTcp(Number(new URL(service.url).port), '127.0.0.1').on('error', () => {})
    const closed = once(socket.resume(), 'close')
    await once(socket, 'connect')
    await service.stop()
    await closed
  })

  it('answers over https with its certificate', async () => {
    const { certificate, privateKey } = await ca.issue({ commonName: 'gateway', ipAddresses: ['127.0.0.1'] })
    await writeFile(certFile, certificate)
    await writeFile(keyFile, privateKey)
    const service = await startTestService({}, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const [response] = await once(get(`${service.url}/health/live`, { ca: ca.certificate, agent: false }), 'response')
    response.resume()
    expect(response.statusCode).toBe(200)
    await service.stop()
  })

  it('takes no key exchange that costs it much', async () => {
    const { certificate, privateKey } = await ca.issue({ commonName: 'gateway', ipAddresses: ['127.0.0.1'] })
    await writeFile(certFile, certificate)
    await writeFile(keyFile, privateKey)
    const service = await startTestService({}, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
    const port = Number(new URL(service.url).port)
    const outcomes = ['P-521', 'X448', 'P-256', 'X25519', 'P-384'].map((ecdhCurve) => exchange(port, ecdhCurve))
    expect(await Promise.all(outcomes)).toEqual(['refused', 'refused', 'taken', 'taken', 'taken'])
    await service.stop()
  })

  it('does not start with a key that is not that of the certificate', async () => {
    await issue()
    await writeFile(keyFile, (await ca.issue({ commonName: 'other' })).privateKey)
    await expect(startTestService({}, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('is not the one of the certificate'),
    })
  })
})

describe('the metrics of a certificate', () => {
  const inDays = (days: number) => new Date(Math.floor(Date.now() / 1_000 + days * 86_400) * 1_000)
  const series = 'tls_certificate_not_after_timestamp_seconds'

  it('say when the first of its chain expires', async () => {
    const issued = await ca.issue({ commonName: 'localhost', notAfter: inDays(30) })
    const behindIt = await ca.issue({ commonName: 'expires first', notAfter: inDays(3) })
    await writeFile(certFile, issued.certificate + behindIt.certificate)
    await writeFile(keyFile, issued.privateKey)
    const service = await startTestService({}, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text()
    const { validToDate } = new X509Certificate(behindIt.certificate)
    expect(text).toContain(`\n${series} ${validToDate.getTime() / 1_000}\n`)
    await service.stop()
  })

  it('are 0 of a service that has none', async () => {
    const service = await startTestService()
    const text = await (await fetch(`${service.managementUrl}/metrics`)).text()
    expect(text).toContain(`\n${series} 0\n`)
    expect(text).toContain('\ntls_reload_failed 0\n')
    await service.stop()
  })

  it('show that files cannot be used, until those in use are back', async () => {
    const { certificate, privateKey } = await issue()
    const service = await startTestService({}, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
    const isFailed = async () =>
      (await (await fetch(`${service.managementUrl}/metrics`)).text()).includes('\ntls_reload_failed 1\n')
    await writeFile(certFile, 'no certificate')
    service.reload?.()
    expect(await isFailed()).toBe(true)
    await writeFile(certFile, certificate)
    await writeFile(keyFile, privateKey)
    service.reload?.()
    expect(await isFailed()).toBe(false)
    await service.stop()
  })
})

describe('the files of a certificate', () => {
  it('are read again when they change, and what can not be used does not replace what is in use', async () => {
    const first = await issue()
    const stream = new TestLog()
    const log = createLog({ service: 'test', level: 'info', stream })
    const registry = new Registry()
    const files = new TlsFiles({ certFile, keyFile, log, gauges: tlsGauges(registry), pollMs: 20 })
    const server = createServer(files.options).listen(0, '127.0.0.1')
    await once(server, 'listening')
    // A server that listens on a port has an address of it.
    const { port } = server.address() as AddressInfo
    files.follow(server)
    try {
      expect(await presented(port)).toBe(first.fingerprintSha256)
      await writeFile(keyFile, 'no key')
      await stream.line({ event: 'tls-reload-failed' })
      expect(await registry.metrics()).toContain('\ntls_reload_failed 1\n')
      expect(await presented(port)).toBe(first.fingerprintSha256)
      const second = await issue()
      await stream.line({ event: 'tls-reloaded' })
      expect(await registry.metrics()).toContain('\ntls_reload_failed 0\n')
      expect(await presented(port)).toBe(second.fingerprintSha256)
      expect(await exchange(port, 'P-521')).toBe('refused')
    } finally {
      files.close()
      server.close()
    }
  })

  it('may change between the making of a server and its start', async () => {
    await issue()
    const stream = new TestLog()
    const log = createLog({ service: 'test', level: 'info', stream })
    const files = new TlsFiles({ certFile, keyFile, log, gauges: tlsGauges(new Registry()), pollMs: 20 })
    const server = createServer(files.options)
    try {
      await delay(200)
      const second = await issue()
      await stream.line({ event: 'tls-reloaded' })
      files.follow(server)
      await once(server.listen(0, '127.0.0.1'), 'listening')
      // A server that listens on a port has an address of it.
      const { port } = server.address() as AddressInfo
      expect(await presented(port)).toBe(second.fingerprintSha256)
    } finally {
      files.close()
      server.close()
    }
  })
})
