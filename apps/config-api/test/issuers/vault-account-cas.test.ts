import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { LocalIssuer } from '@mtls-gateway/issuance'
import { issuerContract } from '@mtls-gateway/issuance/testing'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { AccountWriter, readRecord } from '@mtls-gateway/registry'
import { openSecretStore, recordPath, type SecretStore } from '@mtls-gateway/secret-store'
import { setUpVault, type VaultRole, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { createLog, ServiceMetrics } from '@mtls-gateway/service-kit'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { StoredAccountCas } from '../../src/issuers/stored-account-cas.ts'
import { LocalProber } from '../../src/prober/local-prober.ts'
import { openProbePlaces } from '../../src/prober/probe-limits.ts'
import { RemoteProber } from '../../src/prober/remote-prober.ts'
import { ProberServer } from '../../src/prober-service/prober-server.ts'

const log = createLog({ service: 'test', level: 'silent' })
const changeFeed = { append: async () => {}, follow: async () => ({ stop: async () => {} }) }
const account = parseAccountId('le123')

/** config-api and the prober with the roles that infra/vault gives them, and only the channel between the two. */
withTools(describe, 'OpenBao')('the CAs of accounts on Vault', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vault-cas-'))
  let keyMaterial: KeyMaterialPool
  let vault: VaultServer
  let store: SecretStore
  let writer: AccountWriter
  let prober: LocalProber
  let server: ProberServer
  let remote: RemoteProber
  const newCas = () => new StoredAccountCas({ records: writer.records, store, keyMaterial, prober: remote })

  beforeAll(async () => {
    keyMaterial = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
    vault = await startVaultServer()
    const { address, rootToken: token } = vault
    const policyOf = (role: VaultRole) =>
      readFileSync(new URL(`../../../../infra/vault/${role}.hcl`, import.meta.url), 'utf8')
    // Object.fromEntries forgets the names of the keys.
    const policies = Object.fromEntries(vaultRoles.map((role) => [role, policyOf(role)])) as Record<VaultRole, string>
    const setup = await setUpVault({ address, token, policies, mount: `cas-${randomUUID()}` })
    const loginOf = async (role: VaultRole) => {
      const secretIdFile = join(directory, role)
      writeFileSync(secretIdFile, (await setup.secretId(role)).secretId)
      const roleId = setup.roles.find((made) => made.role === role)?.roleId ?? ''
      return { kind: 'app-role', roleId, secretIdFile } as const
    }
    const common = { kind: 'vault', address, mount: setup.mount, deadlineMs: 10_000 } as const
    store = openSecretStore({ ...common, login: await loginOf('config-api') })
    writer = new AccountWriter({ store, changeFeed })
    prober = new LocalProber({
      keys: { ...common, login: await loginOf('prober') },
      guard: { allowCidrs: [], ports: 'any' },
      extraCa: [],
      places: openProbePlaces(new Bulkheads()),
      ranks: new Ranks(),
    })
    setup.close()
    const secretFile = join(directory, 'shared')
    writeFileSync(secretFile, randomBytes(32).toString('base64'))
    server = new ProberServer({ prober, secretFile, log, metrics: new ServiceMetrics('test') })
    server.server.listen(0, '127.0.0.1')
    await once(server.server, 'listening')
    const { port } = server.server.address() as AddressInfo
    remote = new RemoteProber({ url: `https://127.0.0.1:${port}`, secretFile, log })
  })

  afterAll(async () => {
    await remote.close()
    await server.drain(0)
    await prober.close()
    await keyMaterial.close()
    await writer.close()
    await store.close()
    await vault.stop()
    rmSync(directory, { recursive: true })
  })

  issuerContract('local, on Vault,', async () => {
    const profile = { lifetimeSeconds: 120 }
    return { issuer: new LocalIssuer({ cas: newCas(), profile }), profile }
  })

  it('have keys that config-api neither reads nor replaces', async () => {
    const made = await Promise.all([newCas(), newCas()].map((cas) => cas.certificate(account)))
    expect(new Set(made).size).toBe(1)
    const record = await readRecord(store, 'issuer-cas', account, parseRecordId('local'))
    const key = recordPath('issuer-keys', account, parseRecordId(record?.keyId ?? ''))
    await expect(store.get(key)).rejects.toMatchObject({ reason: 'forbidden' })
    await expect(store.put(key, { privateKey: 'mine' }, 1)).rejects.toMatchObject({ reason: 'forbidden' })
    await expect(store.purge(key)).rejects.toMatchObject({ reason: 'forbidden' })
    const ca = recordPath('issuer-cas', account, parseRecordId('local'))
    await expect(store.purge(ca)).rejects.toMatchObject({ reason: 'forbidden' })
  })
})
