import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { openVaultSession } from '@mtls-gateway/secret-store'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { checkIssued, VaultPkiIssuer } from '../../src/index.ts'
import { issuerContract } from '../../src/testing/index.ts'
import { account, newOrder, openKeyMaterial } from '../support/orders.ts'
import { mountPki, openPki } from './pki-engine.ts'

const never = new AbortController().signal
const coded = (code: string) => expect.objectContaining({ name: 'IssuerError', code })

withTools(describe, 'OpenBao')('the PKI engine of OpenBao', () => {
  let vault: VaultServer
  let keyMaterial: KeyMaterialPool

  beforeAll(async () => {
    vault = await startVaultServer()
    keyMaterial = openKeyMaterial()
    await mountPki(vault, 'pki')
  })
  afterAll(async () => {
    await keyMaterial.close()
    await vault.stop()
  })

  issuerContract('vault-pki', async () => {
    const lifetimeSeconds = 86_400
    return { issuer: openPki(vault.address, vault.rootToken, 'pki', { lifetimeSeconds }), profile: { lifetimeSeconds } }
  })

  it('signs with an intermediate, whose root is the CA', async () => {
    await vault.api('POST', 'sys/mounts/issuing', { type: 'pki' })
    const made = await vault.api('POST', 'issuing/intermediate/generate/internal', {
      common_name: 'Issuing',
      key_type: 'ec',
    })
    const { csr } = made.body.data
    const signed = await vault.api('POST', 'pki/root/sign-intermediate', { csr, format: 'pem_bundle', ttl: '8000h' })
    await vault.api('POST', 'issuing/intermediate/set-signed', { certificate: signed.body.data.certificate })
    await mountPki(vault, 'issuing')
    const issuer = openPki(vault.address, vault.rootToken, 'issuing', { lifetimeSeconds: 120 })
    const order = await newOrder(keyMaterial)
    const issuance = await issuer.issue(order, never)
    if (issuance.state !== 'issued') throw new Error('it is pending')
    const ca = await issuer.ca(account, never)
    expect(ca.split('BEGIN CERTIFICATE')).toHaveLength(3)
    // OpenBao leaves the organization out, which is told rather than presented to a target.
    const checked = checkIssued(order, issuance, { profile: { lifetimeSeconds: 120 }, ca, keyMaterial }, new Date())
    await expect(checked).rejects.toThrow('O=Acme')
    await issuer.close()
  })

  it('tells in a sentence what its role has to allow', async () => {
    await mountPki(vault, 'narrow', {
      role: {
        client_flag: false,
        key_type: 'rsa',
        allow_any_name: false,
        use_csr_sans: false,
        key_usage: ['KeyAgreement'],
        max_ttl: '1h',
      },
    })
    const issuer = openPki(vault.address, vault.rootToken, 'narrow', {
      keyTypes: ['EC-P256', 'RSA-2048'],
      lifetimeSeconds: 86_400,
    })
    const checked = issuer.check(never)
    await expect(checked).rejects.toEqual(coded('ISSUER_REFUSED'))
    for (const setting of [
      'client_flag',
      'key_type=any',
      'allow_any_name',
      'use_csr_sans',
      'key_usage',
      'max_ttl=86400s',
    ]) {
      await expect(checked).rejects.toThrow(setting)
    }
    await issuer.close()
  })

  it('says why it does not sign', async () => {
    await mountPki(vault, 'domains', { role: { allow_any_name: false, allowed_domains: 'bank.example' } })
    const issuer = openPki(vault.address, vault.rootToken, 'domains')
    const signed = issuer.issue(await newOrder(keyMaterial), never)
    await expect(signed).rejects.toEqual(coded('ISSUER_REFUSED'))
    await expect(signed).rejects.toThrow('common name client not allowed by this role')
    await issuer.close()
  })

  it('does not issue near the end of its CA', async () => {
    await mountPki(vault, 'ending', { ttl: '1h' })
    const known = openPki(vault.address, vault.rootToken, 'ending', { lifetimeSeconds: 86_400 })
    // By the engine's own answer where the profile says nothing.
    await vault.api('POST', 'ending/roles/client', {
      client_flag: true,
      key_type: 'any',
      allow_any_name: true,
      ttl: '48h',
    })
    const unknown = openPki(vault.address, vault.rootToken, 'ending')
    for (const issuer of [known, unknown]) {
      const issuance = issuer.issue(await newOrder(keyMaterial), never)
      await expect(issuance).rejects.toEqual(coded('ISSUER_EXPIRES_SOON'))
    }
    // An engine may be told to sign nevertheless.
    await vault.api('POST', 'ending/issuer/default', { leaf_not_after_behavior: 'permit' })
    const order = await newOrder(keyMaterial)
    const issuance = await unknown.issue(order, never)
    if (issuance.state !== 'issued') throw new Error('it is pending')
    const expectations = { profile: {}, ca: await unknown.ca(account, never), keyMaterial }
    const checked = checkIssued(order, issuance, expectations, new Date())
    await expect(checked).rejects.toEqual(coded('ISSUED_TOO_SHORT'))
    for (const issuer of [known, unknown]) await issuer.close()
  })

  it('is forbidden to a token without the policy, and refuses without a role or an engine', async () => {
    const { body } = await vault.api('POST', 'auth/token/create', { policies: ['default'] })
    const order = await newOrder(keyMaterial)
    const stranger = openPki(vault.address, body.auth.client_token, 'pki')
    await expect(stranger.check(never)).rejects.toEqual(coded('ISSUER_FORBIDDEN'))
    const unknownToken = openPki(vault.address, 'wrong', 'pki')
    await expect(unknownToken.issue(order, never)).rejects.toEqual(coded('ISSUER_FORBIDDEN'))
    const auth = { kind: 'token', token: async () => vault.rootToken } as const
    const session = openVaultSession({ address: vault.address, auth })
    const noRole = new VaultPkiIssuer({ session, mount: 'pki', role: 'none', profile: { keyTypes: [] } })
    await expect(noRole.issue(order, never)).rejects.toThrow('no role none')
    await expect(noRole.check(never)).rejects.toThrow('no role none')
    const noEngine = openPki(vault.address, vault.rootToken, 'nowhere')
    await expect(noEngine.issue(order, never)).rejects.toEqual(coded('ISSUER_REFUSED'))
    for (const issuer of [stranger, unknownToken, noRole, noEngine]) await issuer.close()
  })

  it('is told apart: sealed, and down', async () => {
    const issuer = openPki(vault.address, vault.rootToken, 'pki')
    const order = await newOrder(keyMaterial)
    await vault.seal()
    await expect(issuer.issue(order, never)).rejects.toEqual(coded('ISSUER_SEALED'))
    await vault.kill()
    await expect(issuer.issue(order, never)).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
    await expect(issuer.check(never)).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
    await issuer.close()
    await vault.restart()
  })
})
