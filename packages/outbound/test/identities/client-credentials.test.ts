import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type ClientIdentity, createTargetTrust, type Dispatchers } from '../../src/index.ts'
import { acme, failureOf, identityOf, openDispatchers } from '../support/outbound-fixture.ts'

describe('a client identity', () => {
  let target: TestTarget
  let dispatchers: Dispatchers

  beforeEach(async () => {
    target = await startTestTarget()
    dispatchers = openDispatchers()
  })
  afterEach(async () => {
    await dispatchers.destroy()
    await target.close()
  })

  /** The chain that the tenant presents holds the very CA that signed the target's certificate. */
  async function identityWithTargetsCa(): Promise<ClientIdentity> {
    const identity = identityOf(await target.serverCa.issue({ commonName: 'client' }))
    expect(identity.certificates).toContain(target.ca)
    return identity
  }

  it('makes no trust anchor of the CA in its chain', async () => {
    const caller = { accountId: acme, identity: await identityWithTargetsCa() }
    await expect(failureOf(dispatchers, caller, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('makes none beside the CAs that the mapping names either', async () => {
    const trust = createTargetTrust({ caCertificates: (await createCa()).certificate })
    const caller = { accountId: acme, identity: await identityWithTargetsCa(), trust }
    await expect(failureOf(dispatchers, caller, target.url)).resolves.toMatchObject({
      code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    })
  })

  it('is refused where key and certificate are of two kinds, which OpenSSL takes without a word', async () => {
    const ca = await createCa()
    const rsa = await ca.issue({ commonName: 'rsa', keyType: 'RSA-2048' })
    const identity = { ...identityOf(await ca.issue({ commonName: 'ec' })), privateKey: rsa.privateKey }
    expect(() => dispatchers.acquire({ accountId: acme, identity }, target.url)).toThrow(
      expect.objectContaining({ code: 'CLIENT_CERTIFICATE_UNUSABLE' }),
    )
  })

  it('is refused where signing with its key would keep everybody waiting', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 4_104,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    const identity = { ...identityOf(await (await createCa()).issue({ commonName: 'large' })), privateKey }
    expect(() => dispatchers.acquire({ accountId: acme, identity }, target.url)).toThrow(
      expect.objectContaining({ code: 'CLIENT_CERTIFICATE_UNUSABLE', message: expect.stringContaining('4104 bits') }),
    )
  })

  it('is refused where it cannot be read or is too weak, without a word of the key', async () => {
    const weak = await target.clientCa.issue({ commonName: 'weak', keyType: 'RSA-1024' })
    const damaged = { ...identityOf(weak), privateKey: weak.privateKey.slice(0, 200) }
    for (const identity of [identityOf(weak), damaged]) {
      expect(() => dispatchers.acquire({ accountId: acme, identity }, target.url)).toThrow(
        expect.objectContaining({
          code: 'CLIENT_CERTIFICATE_UNUSABLE',
          message: expect.not.stringContaining(weak.privateKey.slice(40, 80)),
        }),
      )
    }
  })
})
