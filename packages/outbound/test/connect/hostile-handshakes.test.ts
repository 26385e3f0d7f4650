import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { createCa, type IssuedCertificate, type TestCa } from '@mtls-gateway/test-kit'
import { targetCostLimits, type UpstreamPools } from '../../src/index.ts'
import { acme, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'
import { startTargetProxy } from '../support/target-proxy.ts'

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const answerIt = (socket: TLSSocket) => void socket.write(answer)
const answerLast = (socket: TLSSocket) => void socket.end(answer.replace('OK\r\n', 'OK\r\nConnection: close\r\n'))

let ca: TestCa
let rsa: IssuedCertificate
/** A leaf with as many CAs above it as there may be, whose signatures take a millisecond each. */
let long: { key: string; cert: string; root: string }
let upstreams: UpstreamPools
let costs: Bulkhead
const servers: Server[] = []

beforeAll(async () => {
  ca = await createCa()
  rsa = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'], keyType: 'RSA-2048' })
  const root = await createCa({ keyType: 'EC-P521' })
  let issuer = root
  for (let n = 0; n < 14; n++) issuer = await issuer.createIntermediate(`CA ${n}`)
  const { privateKey, certificate, chain } = await issuer.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  long = { key: privateKey, cert: [certificate, ...chain].join(''), root: root.certificate }
})
beforeEach(() => {
  costs = new Bulkhead('target-costs', { ...targetCostLimits, cooledPerSecond: 0.001 })
  upstreams = openUpstreamPools({ extraCa: [ca.certificate, long.root], targetCosts: costs })
})
afterEach(async () => {
  await upstreams.destroy()
  costs.close()
  for (const server of servers.splice(0)) server.close()
})

/** Answers each piece that comes, unless it is told otherwise. @returns its origin */
async function serve(options: TlsOptions, onData: (socket: TLSSocket) => void = answerIt): Promise<string> {
  const server = createServer({ key: rsa.privateKey, cert: rsa.certificate, ...options }, (socket) => {
    socket.on('error', () => {}).on('data', () => onData(socket))
  })
  servers.push(server)
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `https://localhost:${(server.address() as AddressInfo).port}`
}

function call(accountId: typeof acme, origin: string) {
  return get(upstreams.acquire({ accountId }, origin))
}

describe('a target that asks for a handshake of much work', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('costs its account of what its targets may cost: %s', async (version) => {
    const { key, cert } = long
    const origin = await serve({ key, cert, minVersion: version, maxVersion: version }, answerLast)
    expect(await call(acme, origin)).toMatchObject({ status: 200 })
    expect(costs.state().inUse).toBeGreaterThan(0)
  })
})

describe('a target that asks for more work than any handshake needs', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is refused before OpenSSL does it: %s', async (version) => {
    const { key, cert, root } = long
    const origin = await serve({ key, cert: cert + root.repeat(60), minVersion: version, maxVersion: version })
    const failure = await failureOf(upstreams, { accountId: acme }, origin)
    expect(failure).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED', phase: 'handshake' })
    expect(failure.message).toContain('more than 16 certificates')
  })

  it.each([true, 'over TLS'] as const)('is refused through a proxy as well: %s', async (through) => {
    const identity = await ca.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
    const started = await startTargetProxy(through, ca.certificate, identity)
    const { key, cert, root } = long
    const origin = await serve({ key, cert: cert + root.repeat(60) })
    const pools = openUpstreamPools({ extraCa: [root], egress: () => started?.egress })
    const failure = await failureOf(pools, { accountId: acme }, origin)
    expect(failure).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED', phase: 'handshake' })
    expect(started?.proxy.requests).toHaveLength(1)
    await pools.destroy()
    await started?.proxy.close()
  })
})

describe('a target that asks for another handshake on its connection (TLS 1.2)', () => {
  it.each([true, false])('is refused, and told by a code; with a certificate: %s', async (hasCertificate) => {
    const issued = await ca.issue({ commonName: 'acme' })
    const identity = { accountId: acme, ...(hasCertificate && { credentials: credentialsOf(issued) }) }
    const origin = await serve({ maxVersion: 'TLSv1.2' }, (socket) => void socket.renegotiate({}, () => {}))
    const failure = await failureOf(upstreams, identity, origin)
    expect(failure).toMatchObject({ code: 'TARGET_ASKS_AFTER_HANDSHAKE', phase: 'exchange' })
    expect(failure.message).toContain('TLS 1.3')
  })
})

describe('a target that only knows key exchanges whose size it chooses itself', () => {
  it('is not spoken to', async () => {
    const origin = await serve({ maxVersion: 'TLSv1.2', ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' })
    const failure = await failureOf(upstreams, { accountId: acme }, origin)
    expect(failure.code).toBe('TARGET_TLS_CIPHER_MISMATCH')
  })
})
