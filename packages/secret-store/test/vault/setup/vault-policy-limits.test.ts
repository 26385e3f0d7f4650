import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { recordKinds, type SecretStore } from '../../../src/index.ts'
import { vaultRoles } from '../../../src/vault/setup/index.ts'
import { freshPath, kinds } from '../../fresh-path.ts'
import { describeVault, openTestVault, type TestVault } from '../vault-access.ts'
import { setUpRoles, type VaultRoles } from '../vault-roles.ts'

describeVault('the policies of infra/vault', () => {
  let vault: TestVault
  let roles: VaultRoles
  let root: SecretStore
  let configApi: SecretStore

  beforeAll(async () => {
    vault = await openTestVault()
    roles = await setUpRoles(vault)
    root = roles.openAsRoot()
    configApi = await roles.open('config-api')
  })
  afterAll(async () => {
    await root.close()
    await configApi.close()
    await vault.api('DELETE', `sys/mounts/${roles.mount}`)
    await vault.stop()
  })

  it('let config-api create a record once: the second write is a conflict, and does not change it', async () => {
    for (const kind of recordKinds) {
      const path = freshPath(kind)
      await configApi.put(path, { n: 1 }, 0)

      await expect(configApi.put(path, { n: 2 }, 0)).rejects.toMatchObject({ reason: 'conflict' })

      expect(await root.get(path)).toEqual({ value: { n: 1 }, version: 1 })
    }
  })

  it.each(vaultRoles)(
    'let %s neither get round the versions nor change the engine, nor give itself more',
    async (role) => {
      const token = await roles.tokenOf(role)
      const { name } = await roles.credentialOf(role)
      const { mount } = roles
      for (const kind of kinds) await root.put(freshPath(kind), {}, 0)
      const key = `${mount}/data/${freshPath('keys')}`
      const document = freshPath('accounts')
      await root.put(document, {}, 0)
      const attempts: [string, string, object?][] = [
        ['DELETE', `${mount}/data/${document}`],
        ['DELETE', `${mount}/metadata/${document}`],
        ['POST', `${mount}/metadata/${document}`, { max_versions: 1 }],
        ['POST', `${mount}/delete/${document}`, { versions: [1] }],
        ['POST', `${mount}/undelete/${document}`, { versions: [1] }],
        ['PUT', `${mount}/destroy/${document}`, { versions: [1] }],
        ['DELETE', key],
        ['POST', `${mount}/config`, { cas_required: false }],
        ['GET', 'sys/mounts'],
        ['GET', 'sys/policies/acl'],
        ['POST', `sys/policies/acl/${name}`, { policy: 'path "*" { capabilities = ["sudo"] }' }],
        ['POST', `auth/approle/role/${name}/secret-id`],
        ['POST', 'auth/token/create', { policies: [name] }],
        ['GET', 'cubbyhole/text'],
      ]

      const statuses = await Promise.all(
        attempts.map(async ([method, path, body]) => [path, (await vault.api(method, path, body, token)).status]),
      )

      expect(statuses).toEqual(attempts.map(([, path]) => [path, 403]))
      expect(await root.get(document)).toEqual({ value: {}, version: 1 })
    },
  )

  it('let even config-api write nothing without compare-and-set: the engine asks for it', async () => {
    const path = `${roles.mount}/data/${freshPath('accounts')}`
    const answer = await vault.api('POST', path, { data: { text: 'x' } }, await roles.tokenOf('config-api'))

    expect(answer).toMatchObject({ status: 400, body: { errors: ['check-and-set parameter required for this call'] } })
  })
})
