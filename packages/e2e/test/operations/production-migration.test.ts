import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { VaultAccess } from '@mtls-gateway/test-kit'
import type { Env } from '../support/backends.ts'
import { EmbeddedBackends } from '../support/embedded-backends.ts'
import { adminEntry, root } from '../support/entries.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { ProductionBackends, patient } from '../support/production-backends.ts'
import { runToEnd } from '../support/run-to-end.ts'
import { readAllValues, readVaultContents } from '../support/stored-values.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'
import type { AppKey } from '../support/wire.ts'

/** With the policy and in the order of docs/migration.md. */
describe('a deployment that moves from the embedded store to Vault', () => {
  const opened = new AsyncDisposableStack()
  let vault: VaultAccess
  let embedded: System
  let tenant: Tenant

  beforeAll(async () => {
    vault = vaultOfTheRun()
    const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-moving-'))
    opened.defer(() => rm(dataDir, { recursive: true, force: true }))
    embedded = await System.start({ backends: new EmbeddedBackends(dataDir) })
    opened.defer(() => embedded.stop())
    tenant = await embedded.newTenant()
  })

  afterAll(() => opened.disposeAsync())

  const openVault = async () => {
    const backends = await ProductionBackends.open(vault, patient)
    return { backends, mount: backends.mount.name }
  }

  async function migrate(mount: string, from: string, to: string, more: Env = {}) {
    const token = await migrationToken(mount)
    const ofVault = { VAULT_ADDR: vault.address, VAULT_MOUNT: mount, VAULT_TOKEN: token }
    const env = { ...embedded.envOf('config-api'), ...ofVault, ...more }
    return runToEnd(adminEntry, env, ['migrate', '--from', from, '--to', to])
  }

  /** Its login has nothing but the policy of the document. */
  async function migrationToken(mount: string): Promise<string> {
    const page = await readFile(join(root, 'docs/migration.md'), 'utf8')
    const policy = /```hcl\n([^`]+)```/.exec(page)?.[1]?.replaceAll('mtls-gateway/', `${mount}/`)
    const name = `migration-${mount}`
    mustBe(204, await vault.api('POST', `sys/policies/acl/${name}`, { policy }))
    const made = await vault.api('POST', 'auth/token/create-orphan', { policies: [name], no_default_policy: true })
    mustBe(200, made)
    return made.body.auth.client_token
  }

  const onBothServices = async (system: System, oauth1: AppKey) => [
    await system.toConfigApi({ oauth1 }).json('GET', tenant.path('certificates')),
    await system.toForwarderApi({ oauth1 }).json('POST', `/mtls/account/${tenant.id}/mapping`, []),
  ]
  async function expectAccepted(system: System, oauth1: AppKey) {
    const [config, forwarder] = await onBothServices(system, oauth1)
    expect(config?.status).toBe(200)
    expect(forwarder?.status).not.toBe(401)
  }
  async function expectRefused(system: System, oauth1: AppKey) {
    for (const answer of await onBothServices(system, oauth1)) expectProblem(answer, 401, 'OAUTH_CREDENTIALS_INVALID')
  }

  it('keeps its app keys, there and on the way back, with what was changed on Vault', async () => {
    const [kept, deleted] = [await tenant.newAppKey(), await tenant.newAppKey()]
    const { backends, mount } = await openVault()
    await embedded.stopConfigApi()
    expect(await migrate(mount, 'embedded', 'vault')).toMatchObject({ code: 0 })
    await embedded.stopForwarderApi()

    const onVault = await System.start({ backends })
    opened.defer(() => onVault.stop())
    await expectAccepted(onVault, kept)
    await expectAccepted(onVault, deleted)
    const there = await onVault.newTenant(tenant.id)
    const made = await there.newAppKey()
    mustBe(200, await there.api.json('DELETE', tenant.path(`app-keys/${deleted.appKey}`)))
    await onVault.stopConfigApi()

    expect(await migrate(mount, 'vault', 'embedded')).toMatchObject({ code: 0 })
    await Promise.all([embedded.startConfigApi(), embedded.startForwarderApi()])
    await expectAccepted(embedded, kept)
    await expectAccepted(embedded, made)
    await expectRefused(embedded, deleted)
  })

  it('copies nothing into a Vault that has an app key, where its own would be refused', async () => {
    const { backends, mount } = await openVault()
    const onVault = await System.start({ backends, configApiOnly: true })
    opened.defer(() => onVault.stop())
    await (await onVault.newTenant()).newAppKey()
    await onVault.stopConfigApi()
    const before = await vault.api('GET', `${mount}/metadata/accounts?list=true`)
    expect(before.body.data.keys).toHaveLength(1)

    const { code, output } = await migrate(mount, 'embedded', 'vault')

    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('Nothing was copied') })
    expect(output).toContain('docs/migration.md')
    expect((await vault.api('GET', `${mount}/metadata/accounts?list=true`)).body.data).toEqual(before.body.data)
    expect(await vault.api('GET', `${mount}/metadata/app-keys/${tenant.id}?list=true`)).toMatchObject({ status: 404 })
  })

  it('copies what release 0.2.0 has stored as that release did, in both directions', async () => {
    const data = join(root, 'packages/e2e/test/fixtures/stored-format-1')
    const [old, fresh] = await Promise.all(
      ['old', 'fresh'].map(async (name) => {
        const directory = await mkdtemp(join(tmpdir(), `mtls-gateway-${name}-`))
        opened.defer(() => rm(directory, { recursive: true }))
        return directory
      }),
    )
    if (old === undefined || fresh === undefined) throw new Error('there are two')
    await cp(data, old, { recursive: true })
    const [ofRelease, copied] = [await openVault(), await openVault()]
    for (const { backends } of [ofRelease, copied]) opened.defer(() => backends.close())
    await ofRelease.backends.mount.fill(await readVaultContents(data))
    const valuesOf = async ({ backends }: typeof copied) => {
      await using own = new AsyncDisposableStack()
      return await readAllValues(own.adopt(backends.openStore(), (store) => store.close()))
    }
    const expected = await valuesOf(ofRelease)
    expect(Object.keys(expected)).toHaveLength(16)

    expect(await migrate(copied.mount, 'embedded', 'vault', { DATA_DIR: old })).toMatchObject({ code: 0 })
    expect(await valuesOf(copied)).toEqual(expected)

    expect(await migrate(ofRelease.mount, 'vault', 'embedded', { DATA_DIR: fresh })).toMatchObject({ code: 0 })
    const inFiles = opened.adopt(new EmbeddedBackends(fresh).openStore(), (store) => store.close())
    expect(await readAllValues(inFiles)).toEqual(expected)
  })
})
