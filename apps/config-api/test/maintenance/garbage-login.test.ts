import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AdminContext, allCommands, run as runAdmin } from '@mtls-gateway/admin'
import { openEmbeddedCoordination } from '@mtls-gateway/coordination'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AccountWriter, collectGarbage } from '@mtls-gateway/registry'
import { accountPath, openSecretStore, openVaultStore, recordPath } from '@mtls-gateway/secret-store'
import { setUpVault, type VaultRole, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { type Log, storeConfig } from '@mtls-gateway/service-kit'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { adminService } from '../../src/admin-service.ts'
import { readConfiguration } from '../../src/configuration/configuration.ts'
import { listingStore } from '../../src/maintenance/listing-store.ts'
import { MaintenanceModule } from '../../src/maintenance/maintenance.module.ts'

const describeVault = withTools(describe, 'OpenBao')

const account = parseAccountId('le123')
const orphan = recordPath('keys', account, parseRecordId('orphan'))

describeVault('garbage collection on Vault', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gc-login-'))
  let server: VaultServer
  let environment: Readonly<Record<string, string>>
  let gcLogin: Readonly<Record<string, string>>

  beforeAll(async () => {
    server = await startVaultServer()
    const { address, rootToken } = server
    const policies = Object.fromEntries(
      vaultRoles.map((role) => [
        role,
        readFileSync(new URL(`../../../../infra/vault/${role}.hcl`, import.meta.url), 'utf8'),
      ]),
      // Object.fromEntries forgets the names of the keys.
    ) as Record<VaultRole, string>
    const setup = await setUpVault({ address, token: rootToken, policies, mount: `gc-${randomUUID()}` })
    const loginOf = async (role: VaultRole) => {
      const file = join(directory, role)
      writeFileSync(file, (await setup.secretId(role)).secretId)
      return { roleId: setup.roles.find((made) => made.role === role)?.roleId ?? '', file }
    }
    const [own, gc] = [await loginOf('config-api'), await loginOf('gc')]
    setup.close()
    environment = {
      SECRET_STORE: 'vault',
      VAULT_ADDR: address,
      VAULT_MOUNT: setup.mount,
      VAULT_ROLE_ID: own.roleId,
      VAULT_SECRET_ID_FILE: own.file,
      SINGLE_INSTANCE: 'true',
      INTROSPECTION_URL: 'https://login.example/introspect',
      INTROSPECTION_CLIENT_ID: 'id',
      INTROSPECTION_CLIENT_SECRET: 'secret',
    }
    gcLogin = { VAULT_GC_ROLE_ID: gc.roleId, VAULT_GC_SECRET_ID_FILE: gc.file }
    const root = openVaultStore({ address, mount: setup.mount, auth: { kind: 'token', token: async () => rootToken } })
    await root.put(accountPath(account), emptyDocument, 0)
    await root.put(orphan, { privateKey: 'k' }, 0)
    await root.close()
  })
  afterAll(async () => {
    await server.stop()
    rmSync(directory, { recursive: true })
  })

  async function collectDaily(env: Readonly<Record<string, string>>) {
    const configuration = readConfiguration(env)
    const store = openSecretStore(storeConfig(configuration))
    const listing = listingStore(configuration, store)
    return listing?.((listed) => collectGarbage({ store: listed })).finally(() => store.close())
  }

  it('has a login of its own, by which it lists what config-api may not', async () => {
    const report = await collectDaily({ ...environment, ...gcLogin })
    expect(report).toMatchObject({ accounts: 1, problems: [], kinds: { keys: { named: 0, young: 1, purged: 0 } } })
  })

  it('is not run daily without that login; config-api says so once, when it starts', async () => {
    const configuration = readConfiguration(environment)
    const coordination = await openEmbeddedCoordination({ directory, instance: 'test' })
    const store = openSecretStore(storeConfig(configuration))
    const logged: string[] = []
    // The login uses nothing else of the log.
    const log = { warn: (_: object, message: string) => logged.push(message) } as unknown as Log
    const writer = new AccountWriter({ store, changeFeed: coordination.changeFeed })
    const module = new MaintenanceModule(configuration, store, coordination.leases, writer, log)

    module.onApplicationBootstrap()
    await module.onModuleDestroy()
    await store.close()
    await coordination.close()

    expect(logged).toEqual([expect.stringMatching(/VAULT_GC_ROLE_ID.*mtls-admin vault setup/)])
  })

  it('uses the login by command, too; with that of config-api it is refused', async () => {
    const run = async (env: Readonly<Record<string, string>>) => {
      const written: string[] = []
      const stdout = { write: (text: string | Uint8Array) => written.push(String(text)) }
      const context = new AdminContext(adminService, env, { stdout, stderr: { write: () => true } })
      const exitCode = await runAdmin(['gc', '--min-age', '0s', '--json'], context, allCommands)
      return { exitCode, output: written.join('') }
    }

    expect(await run(environment)).toEqual({ exitCode: 2, output: '' })
    const { output } = await run({ ...environment, ...gcLogin })
    expect(JSON.parse(output)).toMatchObject({ problems: [], kinds: { keys: { named: 0, purged: 1 } } })
  })

  it.each([
    ['a role id without its secret id', { VAULT_GC_ROLE_ID: 'x' }, 'VAULT_GC_SECRET_ID_FILE'],
    ['a secret id without its role id', { VAULT_GC_SECRET_ID_FILE: '/dev/null' }, 'VAULT_GC_ROLE_ID'],
    ['two logins', { VAULT_GC_ROLE_ID: 'x', VAULT_GC_KUBERNETES_ROLE: 'gc' }, 'VAULT_GC_ROLE_ID'],
  ])('may not have %s', (_, login, variable) => {
    const faults = [expect.objectContaining({ variable })]
    expect(() => readConfiguration({ ...environment, ...login })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', details: { faults } }),
    )
  })
})

const emptyDocument = {
  format: 1,
  account: { accountId: account, revision: 1, certificates: [], mappings: [], appKeys: [], changes: [] },
}
