import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { createCa, type IssuedCertificate, makeCertificate, named, pemOf } from '@mtls-gateway/test-kit'
import type { UpstreamPools, VersionedCredentials } from '../../src/index.ts'
import { acme, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

type Version = 'TLSv1.2' | 'TLSv1.3'

let serverIdentity: IssuedCertificate
let serverCa: string
let server: Server | undefined
let upstreams: UpstreamPools | undefined

beforeAll(async () => {
  const ca = await createCa()
  serverCa = ca.certificate
  serverIdentity = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
})
afterEach(async () => {
  await upstreams?.destroy()
  server?.close()
})

function credentialsOf({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const issuer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const made = makeCertificate({
    subject: named('client'),
    issuer: named('CA'),
    publicKey: spki,
    extensions: [],
    signer: issuer.privateKey,
  })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { versionId: parseRecordId('v1'), privateKey: key, certificates: pemOf(made) }
}

const onCurve = (namedCurve: string) => credentialsOf(generateKeyPairSync('ec', { namedCurve }))
function restricted(hash: string, saltLength: number) {
  return credentialsOf(
    generateKeyPairSync('rsa-pss', {
      modulusLength: 2_048,
      hashAlgorithm: hash,
      mgf1HashAlgorithm: hash,
      // Node takes a number, but its types have a string.
      saltLength: saltLength as unknown as string,
    }),
  )
}

/** A target that asks for a certificate and answers with the subject of the one that it got. */
async function start(options: TlsOptions): Promise<string> {
  const { certificate, privateKey } = serverIdentity
  const presented = { cert: certificate, key: privateKey, requestCert: true, rejectUnauthorized: false }
  server = createServer({ ...presented, ...options }, (socket) => {
    const subject = socket.getPeerX509Certificate()?.subject ?? 'none'
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${subject.length}\r\n\r\n${subject}`
    socket.on('error', () => {}).on('data', () => socket.end(answer))
  })
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  upstreams = openUpstreamPools({ extraCa: [serverCa] })
  return `https://localhost:${(server.address() as AddressInfo).port}`
}

async function presentedTo(origin: string, credentials: VersionedCredentials): Promise<string | undefined> {
  return upstreams && (await get(upstreams.acquire({ accountId: acme, credentials }, origin))).body
}

describe('a client certificate is presented', () => {
  const brainpool = ['brainpoolP256r1', 'brainpoolP384r1', 'brainpoolP512r1']

  it.each(brainpool.flatMap((curve) => (['TLSv1.2', 'TLSv1.3'] as const).map((version) => [curve, version] as const)))(
    'with a key on %s over %s, to a target that takes the curve',
    async (curve, version: Version) => {
      const origin = await start({ minVersion: version, maxVersion: version, ecdhCurve: `X25519:P-256:${curve}` })
      expect(await presentedTo(origin, onCurve(curve))).toBe('CN=client')
    },
  )

  it.each(['secp224r1', 'secp256k1'])('with a key on %s, also where the target prefers TLS 1.3', async (curve) => {
    const origin = await start({ ecdhCurve: `X25519:P-256:${curve}` })
    expect(await presentedTo(origin, onCurve(curve))).toBe('CN=client')
  })

  it.each([
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
    ['sha512', 20],
  ])('with an RSA-PSS key that is restricted to %s and a salt of %i bytes', async (hash, saltLength) => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const origin = await start({ minVersion: version, maxVersion: version })
      expect(await presentedTo(origin, restricted(hash, saltLength))).toBe('CN=client')
      await upstreams?.destroy()
      server?.close()
    }
  })
})

describe('a client certificate that cannot be presented', () => {
  it.each([
    ['sha1', 20],
    ['sha224', 28],
    ['sha256', 64],
  ])('fails the call, with a key that is restricted to %s and a salt of %i bytes', async (hash, saltLength) => {
    const origin = await start({})
    const identity = { accountId: acme, credentials: restricted(hash, saltLength) }
    const call = upstreams && get(upstreams.acquire(identity, origin))
    await expect(call).rejects.toMatchObject({
      code: 'CLIENT_CERTIFICATE_UNUSABLE',
      detail: expect.stringContaining('no signature'),
    })
  })

  it('says that TLS 1.3 has no signature for its key, to a target that speaks nothing else', async () => {
    const origin = await start({ minVersion: 'TLSv1.3' })
    const identity = { accountId: acme, credentials: onCurve('secp256k1') }
    const failure = upstreams && (await failureOf(upstreams, identity, origin))
    expect(failure?.code).toBe('TARGET_TLS_VERSION_UNSUPPORTED')
    expect(failure?.message).toContain('TLS 1.3 has no signature for the key')
  })

  it('says that the mapping allows TLS 1.3 alone, which has no signature for its key', async () => {
    const origin = await start({})
    const identity = { accountId: acme, credentials: onCurve('secp256k1'), tls: { minVersion: '1.3' } } as const
    const failure = upstreams && (await failureOf(upstreams, identity, origin))
    expect(failure?.code).toBe('TARGET_TLS_UNUSABLE')
    expect(failure?.message).toContain('no signature for the key of the client certificate')
  })

  it('names its curve beside the groups of the mapping', async () => {
    const origin = await start({ maxVersion: 'TLSv1.2', ecdhCurve: 'P-256:secp256k1' })
    const identity = { accountId: acme, credentials: onCurve('secp256k1'), tls: { groups: ['P-256'] } }
    const answer = upstreams && (await get(upstreams.acquire(identity, origin)))
    expect(answer?.body).toContain('client')
  })

  it('says that the target may not take the curve, over TLS 1.2', async () => {
    const origin = await start({ maxVersion: 'TLSv1.2' })
    const identity = { accountId: acme, credentials: onCurve('brainpoolP256r1') }
    const failure = upstreams && (await failureOf(upstreams, identity, origin))
    expect(failure?.code).toBe('TARGET_REJECTED_CLIENT_CERTIFICATE')
    expect(failure?.message).toContain('the curve that its key is on')
  })
})

it('a key on an unusual curve leaves the key exchange of its connections as it is', async () => {
  for (const ecdhCurve of ['X25519MLKEM768', 'X25519', 'P-256', 'P-384', 'P-521']) {
    const origin = await start({ ecdhCurve, minVersion: 'TLSv1.3' })
    expect(await presentedTo(origin, onCurve('brainpoolP256r1'))).toBe('CN=client')
    await upstreams?.destroy()
    server?.close()
  }
})
