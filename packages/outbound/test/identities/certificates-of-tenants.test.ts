import { execFile } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { element, extension, makeCertificate, named, pemOf, sequence } from '@mtls-gateway/test-kit'
import type { ConnectionIdentity } from '../../src/identities/connection-identity.ts'
import { deploymentTrust } from '../../src/identities/target-trust.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { createTargetTrust, TargetGuard, type TransportError, UpstreamPools } from '../../src/index.ts'
import { acme, get, openUpstreamPools } from '../support/outbound-fixture.ts'

interface Pair {
  readonly certificate: string
  readonly key: KeyObject
}
type Encoding = 'named' | 'explicit'

const keyPem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const dnsNames = (count: number) =>
  extension('551d11', sequence(...Array<Buffer>(count).fill(element(0x82, Buffer.from('localhost')))))
const isCa = extension('551d13', sequence(element(0x01, Buffer.from([255]))))
const constraints = (count: number) =>
  extension('551d1e', sequence(element(0xa1, ...Array<Buffer>(count).fill(sequence(element(0x82, Buffer.from('a')))))))

function makeCa(namedCurve: string, more: readonly Buffer[] = [], paramEncoding: Encoding = 'named'): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve, paramEncoding })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const made = { subject: named('CA'), issuer: named('CA'), publicKey: spki, extensions: [isCa, ...more] }
  return { certificate: pemOf(makeCertificate({ ...made, signer: privateKey })), key: privateKey }
}

function issue(ca: Pair, namedCurve = 'prime256v1', names = 1): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const made = { subject: named('leaf'), issuer: named('CA'), publicKey: spki, extensions: [dnsNames(names)] }
  return { certificate: pemOf(makeCertificate({ ...made, signer: ca.key })), key: privateKey }
}

const credentials = (leaf: Pair, ...chain: readonly Pair[]) => ({
  privateKey: keyPem(leaf.key),
  certificates: [leaf, ...chain].map(({ certificate }) => certificate).join(''),
})
const unusable = (code: string, detail: string) =>
  expect.objectContaining({ code, detail: expect.stringContaining(detail) })
const contextOf = (identity: ConnectionIdentity, ...extraCa: readonly string[]) =>
  new TlsContext(identity, deploymentTrust(extraCa)).get()

describe('a TLS context is not made', () => {
  const good = makeCa('prime256v1')

  it.each([
    ['on a curve that Node cannot describe', makeCa('brainpoolP256r1'), 'curve that is not taken'],
    ['of explicit parameters', makeCa('prime256v1', [], 'explicit'), 'explicit parameters'],
    ['with many name constraints', makeCa('prime256v1', [constraints(200)]), 'name constraints'],
  ])('that trusts a CA %s', (_, { certificate }, detail) => {
    for (const caCertificates of [certificate, good.certificate + certificate]) {
      const trust = createTargetTrust({ caCertificates })
      expect(() => contextOf({ trust })).toThrow(unusable('TARGET_TRUST_UNUSABLE', detail))
    }
  })

  it('that trusts CAs which have many name constraints together', () => {
    const { certificate } = makeCa('prime256v1', [constraints(120)])
    expect(() => contextOf({ trust: createTargetTrust({ caCertificates: certificate }) })).not.toThrow()
    const trust = createTargetTrust({ caCertificates: certificate.repeat(2) })
    expect(() => contextOf({ trust })).toThrow(unusable('TARGET_TRUST_UNUSABLE', 'name constraints'))
  })

  it.each([
    ['with a CA of explicit parameters', [makeCa('prime256v1', [], 'explicit')], 1, 'explicit parameters'],
    ['on a binary curve above it', [good, makeCa('sect283r1')], 1, 'curve that is not taken'],
    ['with many names', [good], 400, '403 ASN.1 elements of names'],
  ])('that presents a certificate %s', (_, chain, names, detail) => {
    const leaf = issue(good, 'prime256v1', names)
    expect(() => contextOf({ credentials: credentials(leaf, ...chain) })).toThrow(
      unusable('CLIENT_CERTIFICATE_UNUSABLE', detail),
    )
  })

  it('that presents many names, with no chain, where CAs with many name constraints are trusted', () => {
    const { certificate } = makeCa('prime256v1', [constraints(180)])
    const many = issue(good, 'prime256v1', 100)
    const refusal = unusable('CLIENT_CERTIFICATE_UNUSABLE', 'meets 362 of name constraints')
    const trust = createTargetTrust({ caCertificates: certificate })
    expect(() => contextOf({ credentials: credentials(many), trust })).toThrow(refusal)
    expect(() => contextOf({ credentials: credentials(many) }, certificate)).toThrow(refusal)
    expect(() => contextOf({ credentials: credentials(many, good), trust })).not.toThrow()
    expect(() => contextOf({ credentials: credentials(issue(good)), trust })).not.toThrow()
    expect(() => contextOf({ credentials: credentials(many) }, good.certificate)).not.toThrow()
  })

  it('that trusts what a deployment should not: it does not start', () => {
    const { certificate } = makeCa('secp256k1')
    const refusal = unusable('TARGET_TRUST_UNUSABLE', 'curve that is not taken')
    const guard = { allowCidrs: [], ports: 'any' } as const
    expect(() => new UpstreamPools({ guard: new TargetGuard(guard), extraCa: [certificate] })).toThrow(refusal)
  })
})

describe('the names of a target', () => {
  /** The status, or how the call fails, of a target with this leaf. */
  async function outcomeOf(leaf: Pair, trusted: Pair, isOfDeployment: boolean): Promise<unknown> {
    const server = createServer({ key: keyPem(leaf.key), cert: leaf.certificate }, (socket) => {
      socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    })
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { certificate } = trusted
    const upstreams = openUpstreamPools({ extraCa: isOfDeployment ? [certificate] : [] })
    const identity = isOfDeployment ? {} : { trust: createTargetTrust({ caCertificates: certificate }) }
    try {
      const origin = `https://localhost:${(server.address() as AddressInfo).port}`
      return (await get(upstreams.acquire({ accountId: acme, ...identity }, origin))).status
    } catch (error) {
      return (error as TransportError).detail
    } finally {
      await upstreams.destroy()
      server.close()
    }
  }

  it.each([
    ['the tenant', false],
    ['the deployment', true],
  ])('are counted with the constraints that CAs of %s have', async (_, isOfDeployment) => {
    const constrained = makeCa('prime256v1', [constraints(180)])
    const tooMany = 'its chain has too many names and name constraints'
    expect(await outcomeOf(issue(constrained, 'prime256v1', 90), constrained, isOfDeployment)).toBe(200)
    expect(await outcomeOf(issue(constrained, 'prime256v1', 150), constrained, isOfDeployment)).toBe(tooMany)
    const usual = makeCa('prime256v1', [constraints(20)])
    expect(await outcomeOf(issue(usual, 'prime256v1', 150), usual, isOfDeployment)).toBe(200)
  })
})

/** In a process of its own: Node would end it with a segmentation fault. */
describe('a process stays alive in a handshake', () => {
  let server: Server | undefined
  afterEach(() => void server?.close())

  async function serve(options: TlsOptions): Promise<number> {
    server = createServer(options, (socket) => {
      socket.on('error', () => {}).on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    })
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** The status, or the code of the failure; it describes the target's certificate like a probe. */
  async function outcomeInProcess(port: number, identity: object): Promise<string> {
    const source = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url))
    const script = `
      import { createTargetTrust, UpstreamPools, explainTransportError, TargetGuard } from ${source('index.ts')}
      import { AnswerCollector } from ${source('http1/exchange.ts')}
      const { credentials, caCertificates } = JSON.parse(process.argv[1])
      const trust = caCertificates && createTargetTrust({ caCertificates })
      const upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: ['127.0.0.1'], ports: 'any' }) })
      const collector = new AnswerCollector(1_000)
      try {
        const pool = upstreams.openApart({ credentials, trust }, 'https://localhost:${port}')
        pool.send({ path: '/', method: 'GET', headers: [], body: null }, collector)
        console.log((await collector.answer).status)
      } catch (error) {
        console.log(explainTransportError(error, 'target').code)
      }
      process.exit()`
    const args = ['--input-type=module', '-e', script, JSON.stringify(identity)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return stdout.trim()
  }

  const versions = ['TLSv1.2', 'TLSv1.3'] as const

  it.each(
    versions.flatMap((version) => ['prime256v1', 'secp384r1', 'secp521r1'].map((curve) => [version, curve] as const)),
  )('of %s with a target and a CA on %s', async (version, curve) => {
    const ca = makeCa(curve)
    const leaf = issue(ca, curve)
    const port = await serve({
      key: keyPem(leaf.key),
      cert: leaf.certificate,
      minVersion: version,
      maxVersion: version,
    })
    expect(await outcomeInProcess(port, { caCertificates: ca.certificate })).toBe('200')
  })

  it.each(
    versions.flatMap((version) =>
      ['secp256k1', 'brainpoolP256r1', 'brainpoolP512r1'].map((curve) => [version, curve] as const),
    ),
  )('of %s with a target on %s, which it refuses', async (version, curve) => {
    const { certificate, key } = makeCa(curve)
    const port = await serve({
      key: keyPem(key),
      cert: certificate,
      minVersion: version,
      maxVersion: version,
      sigalgs: 'ECDSA+SHA256:ecdsa_brainpoolP256r1tls13_sha256:ecdsa_brainpoolP512r1tls13_sha512',
    })
    const outcome = await outcomeInProcess(port, {})
    // Some of them are no match to what TLS of this version offers.
    expect(['TARGET_HANDSHAKE_REFUSED', 'TARGET_TLS_CIPHER_MISMATCH', 'TLS_HANDSHAKE_FAILED']).toContain(outcome)
  })

  it.each(versions)('of %s with a CA of the tenant that Node cannot describe', async (version) => {
    const ca = makeCa('brainpoolP256r1')
    const leaf = issue(ca)
    const port = await serve({
      key: keyPem(leaf.key),
      cert: leaf.certificate,
      minVersion: version,
      maxVersion: version,
    })
    expect(await outcomeInProcess(port, { caCertificates: ca.certificate })).toBe('TARGET_TRUST_UNUSABLE')
  })

  it.each(versions.flatMap((version) => ['brainpoolP256r1', 'secp256k1'].map((curve) => [version, curve] as const)))(
    'of %s where the client itself is on %s, and has a chain on it',
    async (version, curve) => {
      const targetCa = makeCa('prime256v1')
      const target = issue(targetCa)
      const ownCa = makeCa(curve)
      const own = issue(ownCa, curve)
      const port = await serve({
        key: keyPem(target.key),
        cert: target.certificate,
        minVersion: version,
        maxVersion: version,
        requestCert: true,
        rejectUnauthorized: false,
      })
      for (const chain of [[], [ownCa]]) {
        const identity = { credentials: credentials(own, ...chain), caCertificates: targetCa.certificate }
        const outcome = await outcomeInProcess(port, identity)
        if (version === 'TLSv1.2') expect(outcome).toBe('TARGET_REJECTED_CLIENT_CERTIFICATE')
        // TLS 1.3 has no signature for secp256k1.
        else expect(outcome).toBe(curve === 'secp256k1' ? 'TARGET_TLS_VERSION_UNSUPPORTED' : '200')
      }
    },
  )

  it('with a target whose certificate comes from a CA in the chain that the client itself presents', async () => {
    const ca = makeCa('brainpoolP256r1')
    const leaf = issue(ca)
    const port = await serve({ key: keyPem(leaf.key), cert: leaf.certificate })
    expect(await outcomeInProcess(port, { credentials: credentials(issue(ca), ca) })).toMatch(/^UNABLE_TO/)
  })
})
