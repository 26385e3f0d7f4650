import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type MappingTls, tlsGroups } from '@mtls-gateway/domain'
import { type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { knownCiphers, knownGroups, type UpstreamPools } from '../../src/index.ts'
import { Verdicts } from '../probe/verdicts.ts'
import { startGnutlsServer } from '../programs/gnutls-server.ts'
import { issueIdentities } from '../programs/identities.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { acme, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

let serverCa: TestCa
let serverIdentity: IssuedCertificate
let clientCa: TestCa
let known: IssuedCertificate
let verdicts: Verdicts
let upstreams: UpstreamPools

beforeAll(async () => {
  ;({ serverCa, serverIdentity, clientCa, known } = await issueIdentities())
  verdicts = new Verdicts(serverCa)
})
afterAll(() => verdicts.close())
beforeEach(() => {
  upstreams = openUpstreamPools({ extraCa: [serverCa.certificate] })
})
afterEach(() => upstreams.destroy())

/** `s_server` answers no HEAD. */
const method = 'GET'
const requiring = ['-Verify', '1', '-verify_return_error', '-CAfile', 'client-ca.pem']

describe('the names that a mapping may give', () => {
  it('are groups that this Node has, all of them', () => {
    expect([...knownGroups()]).toEqual(Object.keys(tlsGroups))
  })

  it('are ciphers of TLS 1.2 and 1.3 that need no secret of both sides, and whose cost is not the target’s choice', () => {
    expect([...knownCiphers()]).toEqual(
      expect.arrayContaining(['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'AES256-GCM-SHA384']),
    )
    expect([...knownCiphers()].filter((name) => /DHE-(?!RSA|ECDSA)|^DHE|PSK|SRP|CCM_8|NULL/.test(name))).toEqual([])
  })
})

withTools(describe, 'gnutls-serv')('a target without secure renegotiation (RFC 5746)', () => {
  it('is called where the mapping allows it, as the sentence says', async () => {
    const priority = 'NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION'
    const server = await startGnutlsServer(serverIdentity, clientCa, priority)
    try {
      const refused = await verdicts.ofRunning(server, known)
      expect(refused).toMatchObject({ outcome: 'unknown', code: 'TARGET_LEGACY_RENEGOTIATION' })
      expect(refused.explanation).toContain('targetTls.legacyRenegotiation: true')
      const identity = { accountId: acme, credentials: credentialsOf(known) }
      const tls = { legacyRenegotiation: true } as const
      expect(await verdicts.ofRunning(server, known, { tls, method })).toMatchObject({ code: undefined })
      expect(await get(upstreams.acquire({ ...identity, tls }, server.url))).toMatchObject({ status: 200 })
      // The other one has no connection of it, and no session.
      expect(await failureOf(upstreams, identity, server.url)).toMatchObject({ code: 'TARGET_LEGACY_RENEGOTIATION' })
    } finally {
      await server.close()
    }
  })
})

withTools(describe, 'openssl')('a target that takes one version, cipher or group', () => {
  it.each<[string, readonly string[], MappingTls]>([
    ['TLS 1.2', ['-tls1_2'], { maxVersion: '1.2' }],
    ['TLS 1.3', ['-tls1_3'], { minVersion: '1.3' }],
    ['a cipher', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384'], { ciphers: ['ECDHE-ECDSA-AES256-SHA384'] }],
    ['a cipher of TLS 1.3', ['-ciphersuites', 'TLS_AES_128_GCM_SHA256'], { ciphers: ['TLS_AES_128_GCM_SHA256'] }],
    ['a group', ['-groups', 'P-384'], { groups: ['P-384'] }],
    ['the second of the groups', ['-groups', 'P-384'], { groups: ['X25519', 'P-384'] }],
  ])('%s', async (_, options, tls) => {
    const server = startOpensslServer(serverIdentity, clientCa, [], [...requiring, ...options])
    expect(await verdicts.of(server, known, { tls, method })).toMatchObject({ outcome: 'accepted', code: undefined })
  })

  it.each<[string, readonly string[], MappingTls, string, string]>([
    ['only TLS 1.2', ['-tls1_2'], { minVersion: '1.3' }, 'TARGET_TLS_VERSION_UNSUPPORTED', 'TLS 1.3 (targetTls)'],
    ['only TLS 1.3', ['-tls1_3'], { maxVersion: '1.2' }, 'TARGET_TLS_VERSION_UNSUPPORTED', 'TLS 1.2 (targetTls)'],
    [
      ...['only TLS 1.3, where the ciphers are those of TLS 1.2', ['-tls1_3']],
      ...[{ ciphers: ['ECDHE-ECDSA-AES128-GCM-SHA256'] }, 'TARGET_TLS_VERSION_UNSUPPORTED', 'the ciphers and groups'],
    ],
    [
      ...['another cipher', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA384']],
      ...[{ ciphers: ['ECDHE-ECDSA-AES128-GCM-SHA256'] }, 'TARGET_TLS_CIPHER_MISMATCH', 'what targetTls.ciphers of'],
    ],
    ['another group', ['-groups', 'P-384'], { groups: ['X25519'] }, 'TARGET_TLS_CIPHER_MISMATCH', 'targetTls.groups'],
  ] as [string, readonly string[], MappingTls, string, string][])(
    'is said to refuse what the mapping allows: it takes %s',
    async (_, options, tls, code, words) => {
      const server = startOpensslServer(serverIdentity, clientCa, [], [...requiring, ...options])
      const verdict = await verdicts.of(server, known, { tls, method })
      expect(verdict).toMatchObject({ outcome: 'unknown', code })
      expect(verdict.explanation).toContain(words)
    },
  )

  it('of those that are not offered by default is called where the mapping names it, as the sentence says', async () => {
    const options = ['-tls1_2', '-groups', 'brainpoolP256r1', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256']
    const client = await clientCa.issue({ commonName: 'RSA', keyType: 'RSA-2048' })
    const server = await startOpensslServer(serverIdentity, clientCa, [], [...requiring, ...options])
    try {
      const refused = await verdicts.ofRunning(server, client)
      expect(refused).toMatchObject({ code: 'TARGET_TLS_CIPHER_MISMATCH' })
      expect(refused.explanation).toContain('targetTls.groups: ["brainpoolP256r1", "P-256"]')
      const tls = { groups: ['brainpoolP256r1', 'P-256'] }
      expect(await verdicts.ofRunning(server, client, { tls, method })).toMatchObject({ outcome: 'accepted' })
    } finally {
      await server.close()
    }
  })

  it.each<[string, (hello: Buffer) => Buffer | undefined, string, MappingTls]>([
    [
      ...[
        'answers an alert to whoever offers TLS 1.3',
        (hello: Buffer) => (offersTls13(hello) ? versionAlert : undefined),
      ],
      ...['targetTls.maxVersion: "1.2"', { maxVersion: '1.2' }],
    ],
    [
      ...['closes on a ClientHello of two packets', (hello: Buffer) => (hello.length > 1_400 ? nothing : undefined)],
      ...['targetTls.groups: ["X25519", "P-256"]', { groups: ['X25519', 'P-256'] }],
    ],
  ] as [string, (hello: Buffer) => Buffer | undefined, string, MappingTls][])(
    'behind a load balancer that %s is called as the sentence says',
    async (_, refusal, advice, tls) => {
      const server = await startOpensslServer(serverIdentity, clientCa, [], [...requiring, '-tls1_2'])
      const balancer = await startBalancer(server.url, refusal)
      try {
        const refused = await verdicts.ofRunning(balancer, known)
        expect(refused.explanation).toContain(advice)
        expect(await verdicts.ofRunning(balancer, known, { tls, method })).toMatchObject({ outcome: 'accepted' })
      } finally {
        await balancer.close()
        await server.close()
      }
    },
  )
})

withTools(describe, 'openssl')('a target behind a firewall that drops what takes two packets', () => {
  it('times out, and is called as the sentence says', async () => {
    await upstreams.destroy()
    upstreams = openUpstreamPools({ extraCa: [serverCa.certificate], settings: { handshakeTimeoutMs: 2_000 } })
    const server = await startOpensslServer(serverIdentity, clientCa, [], [])
    const firewall = await startBalancer(server.url, (hello) => (hello.length > 1_400 ? 'dropped' : undefined))
    try {
      const identity = { accountId: acme }
      const failure = await failureOf(upstreams, identity, firewall.url)
      expect(failure).toMatchObject({ code: 'TIMEOUT', phase: 'handshake' })
      expect(failure.message).toContain('targetTls.groups: ["X25519", "P-256"]')
      const tls = { groups: ['X25519', 'P-256'] }
      expect(await get(upstreams.acquire({ ...identity, tls }, firewall.url))).toMatchObject({ status: 200 })
    } finally {
      await firewall.close()
      await server.close()
    }
  })
})

describe('what is offered', () => {
  /** How a call ends with a server of these options. */
  async function outcomeWith(options: TlsOptions, tls?: MappingTls): Promise<string> {
    const server = createTlsServer({ key: serverIdentity.privateKey, cert: serverIdentity.certificate, ...options })
    server
      .on('tlsClientError', () => {})
      .on('secureConnection', (socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n'))
      })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`
    const identity = { accountId: acme, ...(tls && { tls }) }
    try {
      return String((await get(upstreams.acquire(identity, origin))).status)
    } catch {
      return (await failureOf(upstreams, identity, origin)).code
    } finally {
      server.close()
    }
  }

  it('is X25519MLKEM768 to all targets, unless a mapping names its groups', async () => {
    const options = { ecdhCurve: 'X25519MLKEM768' }
    expect(await outcomeWith(options)).toBe('204')
    expect(await outcomeWith(options, { groups: ['X25519'] })).toBe('TARGET_TLS_CIPHER_MISMATCH')
    expect(await outcomeWith(options, { groups: ['X25519MLKEM768'] })).toBe('204')
    // Whoever asks for that alone is not connected by less.
    expect(await outcomeWith({ maxVersion: 'TLSv1.2' }, { groups: ['X25519MLKEM768'] })).toBe(
      'TARGET_TLS_VERSION_UNSUPPORTED',
    )
  })

  it('fails with a sentence where this instance does not know it', async () => {
    const unknown = { accountId: acme, tls: { groups: ['LATER'], ciphers: ['TLS_LATER'] } }
    const failure = await failureOf(upstreams, unknown, 'https://localhost:1')
    expect(failure.code).toBe('TARGET_TLS_UNUSABLE')
    expect(failure.message).toContain('does not know TLS_LATER, LATER')
  })
})

/** Nothing is sent before it closes. */
const nothing = Buffer.alloc(0)
const versionAlert = Buffer.from([21, 3, 3, 0, 2, 2, 70])

/** By the extension supported_versions: its only list is of TLS 1.3 and 1.2, or of TLS 1.3. */
function offersTls13(hello: Buffer): boolean {
  return ['002b0005040304', '002b0003020304'].some((extension) => hello.includes(extension, 0, 'hex'))
}

/** Passes connections on to a server, unless it drops the ClientHello, or has an answer of its own and closes. */
async function startBalancer(url: string, refusal: (hello: Buffer) => Buffer | 'dropped' | undefined) {
  const port = Number(new URL(url).port)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client.on('error', () => {}))
    client.once('data', (hello: Buffer) => {
      const answer = refusal(hello)
      if (answer !== undefined) {
        if (answer !== 'dropped') client.end(answer)
        return
      }
      const target = connect(port, '127.0.0.1').on('error', () => client.destroy())
      sockets.add(target)
      target.write(hello)
      client.pipe(target).pipe(client)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
