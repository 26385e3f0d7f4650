import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { checkIssued, openIssuers } from '../../src/index.ts'
import { account, newOrder, openKeyMaterial } from '../support/orders.ts'
import { mountPki } from '../vault-pki/pki-engine.ts'

const never = new AbortController().signal

/** As docs/issuers.md has it. */
const policy = `
path "pki/sign/client" { capabilities = ["update"] }
path "pki/roles/client" { capabilities = ["read"] }
path "pki/cert/ca_chain" { capabilities = ["read"] }
`

withTools(describe, 'OpenBao')('a profile of the kind vault-pki', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vault-profile-'))
  const [file, secretIdFile] = [join(directory, 'issuers.json'), join(directory, 'secret-id')]
  let vault: VaultServer
  let keyMaterial: KeyMaterialPool

  beforeAll(async () => {
    vault = await startVaultServer()
    keyMaterial = openKeyMaterial()
    await mountPki(vault, 'pki')
    await vault.api('POST', 'sys/policies/acl/mtls-issuer', { policy })
    await vault.api('POST', 'sys/auth/approle', { type: 'approle' })
    await vault.api('POST', 'auth/approle/role/mtls-issuer', { token_policies: ['mtls-issuer'], token_ttl: '10m' })
  })
  afterAll(async () => {
    await keyMaterial.close()
    await vault.stop()
    rmSync(directory, { recursive: true })
  })

  it('needs the policy of the documentation and no more, and takes up a new secret id', async () => {
    const { body } = await vault.api('GET', 'auth/approle/role/mtls-issuer/role-id')
    const profile = {
      name: 'bank',
      kind: 'vault-pki',
      description: 'The client CA of the bank.',
      accounts: [account],
      keyTypes: ['EC-P256'],
      subject: 'O=Bank',
      lifetime: '2h',
      address: vault.address,
      mount: 'pki',
      role: 'client',
      roleId: body.data.role_id,
      secretIdFile,
    }
    writeFileSync(file, JSON.stringify({ profiles: [profile] }))
    await vault.api('POST', 'pki/roles/client', {
      client_flag: true,
      server_flag: false,
      key_type: 'any',
      key_usage: ['DigitalSignature'],
      allow_any_name: true,
      organization: 'Bank',
      max_ttl: '720h',
    })
    const upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }) })
    const away = async () => Promise.reject(new Error('not asked for'))
    const issuers = openIssuers(file, { cas: { find: away, certificate: away, sign: away }, upstreams })

    expect(await issuers.check(never)).toMatchObject([{ profile: 'bank', error: { code: 'ISSUER_FORBIDDEN' } }])
    const made = await vault.api('POST', 'auth/approle/role/mtls-issuer/secret-id')
    writeFileSync(secretIdFile, `${made.body.data.secret_id}\n`)
    expect(await issuers.check(never)).toEqual([])

    const issuer = issuers.find(account, 'bank')
    const [open] = issuers.profiles(account)
    const order = await newOrder(keyMaterial)
    const issuance = await issuer?.issue(order, never)
    if (issuer === undefined || open === undefined || issuance?.state !== 'issued') throw new Error('it is not issued')
    const expectations = { profile: open, ca: await issuer.ca(account, never), keyMaterial }
    const { facts } = await checkIssued(order, issuance, expectations, new Date())
    expect(facts.subject).toBe('CN=client, O=Bank')
    await issuers.close()
  })
})
