import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { createTargetTrust, type UpstreamPools, type VersionedCredentials } from '../../src/index.ts'
import { acme, credentialsOf, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

describe('client credentials', () => {
  let target: TestTarget
  let upstreams: UpstreamPools

  beforeEach(async () => {
    target = await startTestTarget()
    upstreams = openUpstreamPools()
  })
  afterEach(async () => {
    await upstreams.destroy()
    await target.close()
  })

  /** The chain that the tenant presents holds the very CA that signed the target's certificate. */
  async function credentialsWithTargetsCa(): Promise<VersionedCredentials> {
    const credentials = credentialsOf(await target.serverCa.issue({ commonName: 'client' }))
    expect(credentials.certificates).toContain(target.ca)
    return credentials
  }

  it('makes no trust anchor of the CA in its chain', async () => {
    const identity = { accountId: acme, credentials: await credentialsWithTargetsCa() }
    await expect(failureOf(upstreams, identity, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('makes none beside the CAs that the mapping names either', async () => {
    const trust = createTargetTrust({ caCertificates: (await createCa()).certificate })
    const identity = { accountId: acme, credentials: await credentialsWithTargetsCa(), trust }
    await expect(failureOf(upstreams, identity, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    })
  })

  it('is refused where key and certificate are of two kinds, which OpenSSL takes without a word', async () => {
    const ca = await createCa()
    const rsa = await ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' })
    const credentials = { ...credentialsOf(await ca.issue({ commonName: 'ec' })), privateKey: rsa.privateKey }
    const call = get(upstreams.acquire({ accountId: acme, credentials }, target.url))
    await expect(call).rejects.toMatchObject({ code: 'CLIENT_CERTIFICATE_UNUSABLE' })
  })

  it('is refused where signing with its key would keep everybody waiting', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 4_104,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const credentials = { ...credentialsOf(await (await createCa()).issue({ commonName: 'large' })), privateKey }
    const call = get(upstreams.acquire({ accountId: acme, credentials }, target.url))
    await expect(call).rejects.toMatchObject({
      code: 'CLIENT_CERTIFICATE_UNUSABLE',
      message: expect.stringContaining('4104 bits'),
    })
  })

  it('is refused where it cannot be read or is too weak, without a word of the key', async () => {
    const weak = await target.clientCa.issue({ commonName: 'weak', keyType: 'RSA-1024' })
    const damaged = { ...credentialsOf(weak), privateKey: weak.privateKey.slice(0, 200) }
    for (const credentials of [credentialsOf(weak), damaged]) {
      const call = get(upstreams.acquire({ accountId: acme, credentials }, target.url))
      await expect(call).rejects.toMatchObject({
        code: 'CLIENT_CERTIFICATE_UNUSABLE',
        message: expect.not.stringContaining(weak.privateKey.slice(40, 80)),
      })
    }
  })
})
