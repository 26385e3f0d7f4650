import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { findings, mtlsAdmin, named } from '../invocation.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const describeVault = withTools(describe, 'OpenBao')

describeVault('mtls-admin doctor, with Vault', () => {
  const folder = temporaryDirectory()
  const mount = `doctor-${process.pid}`
  let vault: VaultServer
  let environment: NodeJS.ProcessEnv
  const issuer = createServer((_, answer) => answer.end('{"active":false}'))

  beforeAll(async () => {
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
    const { port } = issuer.address() as AddressInfo
    vault = await startVaultServer()
    const operator = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
    const { stdout } = await mtlsAdmin(['vault', 'setup', '--mount', mount, '--secret-ids', folder, '--json'], operator)
    const roles: readonly { role: string; roleId: string }[] = JSON.parse(stdout).roles
    environment = {
      SECRET_STORE: 'vault',
      SINGLE_INSTANCE: 'true',
      VAULT_ADDR: vault.address,
      VAULT_MOUNT: mount,
      VAULT_ROLE_ID: roles.find(({ role }) => role === 'config-api')?.roleId,
      VAULT_SECRET_ID_FILE: join(folder, 'config-api.secret-id'),
      INTROSPECTION_URL: `http://127.0.0.1:${port}/introspect`,
      INTROSPECTION_CLIENT_ID: 'id',
      INTROSPECTION_CLIENT_SECRET: 'secret',
    }
  })
  afterAll(async () => {
    issuer.close()
    await vault?.stop()
  })

  it('finds a Vault sound that mtls-admin vault setup has made, but for audit devices', async () => {
    const found = await findings({ ...environment, VAULT_OPERATOR_TOKEN: vault.rootToken })
    const notOk = found.filter(({ status }) => status !== 'ok').map(({ check, status }) => [check, status])
    expect(notOk).toEqual([['audit devices of Vault', 'warn']])
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['Vault', 'clock against Vault', 'login at Vault', 'engine of Vault', 'policy of gc']),
    )
  })

  it('tries what the service does there, and writes nothing', async () => {
    const namesIn = async (folder: string) =>
      (await vault.api('GET', `${mount}/metadata/${folder}?list=true`)).body.data.keys
    await vault.api('POST', `${mount}/data/accounts/tenant`, { options: { cas: 0 }, data: {} })
    expect(named(await findings(environment), 'login at Vault')).toMatchObject({
      status: 'ok',
      found: 'accepted, and may do what config-api does',
    })
    expect([await namesIn(''), await namesIn('accounts/')]).toEqual([['accounts/'], ['tenant']])
  })

  it('says what it cannot look at without the token of an operator', async () => {
    expect(named(await findings(environment), 'set-up of Vault')).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('VAULT_OPERATOR_TOKEN'),
    })
  })

  it('names what the policy of its login does not allow', async () => {
    const name = `${mount}-config-api`
    const { body } = await vault.api('GET', `sys/policies/acl/${name}`)
    const policy = String(body.data.policy)
    const less = policy.replace(/path "[^"]+data.chains[^}]+}/, '').replace(/path "[^"]+data.keys[^}]+}/, '')
    // As that of a release before the stream of the audit.
    const older = less.replace(/path "[^"]+audit-positions[^}]+}/, '')
    await vault.api('POST', `sys/policies/acl/${name}`, { policy: older })
    const found = await findings(environment)
    await vault.api('POST', `sys/policies/acl/${name}`, { policy })
    expect(named(found, 'login at Vault')).toMatchObject({
      status: 'fail',
      found:
        'it may not read positions of the audit, create positions of the audit, create keys, create chains, read chains',
      fix: expect.stringContaining('mtls-admin vault setup'),
    })
  })

  it('says what the service says itself where it would not start', async () => {
    const file = join(folder, 'no-ca.pem')
    writeFileSync(file, 'garbage')
    const found = await findings({ ...environment, VAULT_CA_FILE: file })
    expect(found).toContainEqual(
      expect.objectContaining({ status: 'fail', found: 'The CA certificates for Vault must be PEM.' }),
    )
  })

  it('tells a policy that was changed, an engine without compare-and-set, and a secret id that is not accepted', async () => {
    await vault.api('POST', `sys/policies/acl/${mount}-gc`, { policy: 'path "x" { capabilities = ["read"] }' })
    await vault.api('POST', `${mount}/config`, { cas_required: false })
    const file = join(folder, 'wrong')
    writeFileSync(file, 'not one', { mode: 0o600 })
    const wrong = { ...environment, VAULT_SECRET_ID_FILE: file, VAULT_OPERATOR_TOKEN: vault.rootToken }
    const found = await findings(wrong)
    expect(named(found, 'policy of gc')).toMatchObject({ status: 'warn', fix: expect.stringContaining('vault setup') })
    expect(named(found, 'engine of Vault')).toMatchObject({ status: 'warn' })
    expect(named(found, 'login at Vault')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining(`vault write -f -field=secret_id auth/approle/role/${mount}-config-api/secret-id`),
    })
  })

  it('tells a login from an address that the role is not bound to from a wrong secret id', async () => {
    const name = `auth/approle/role/${mount}-config-api`
    const bindTo = (range: string) =>
      vault.api('POST', name, { secret_id_bound_cidrs: [range], token_bound_cidrs: [range] })
    expect((await bindTo('192.0.2.0/24')).status).toBeLessThan(300)
    const found = await findings(environment)
    await bindTo('127.0.0.0/8')
    expect(named(found, 'login at Vault')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('--bound-cidrs config-api='),
    })
  })

  it('asks for a second audit device', async () => {
    const device = (name: string) =>
      `audit "file" "${name}" {\n  options {\n    file_path = "${join(folder, name)}.log"\n  }\n}\n`
    const withDevices = async (...names: readonly string[]) => {
      await vault.restart('', names.map(device).join(''))
      const found = await findings({ ...environment, VAULT_OPERATOR_TOKEN: vault.rootToken })
      return named(found, 'audit devices of Vault')
    }
    expect(await withDevices('one')).toMatchObject({ status: 'warn', found: expect.stringContaining('one/ alone') })
    expect(await withDevices('one', 'two')).toMatchObject({ status: 'ok', found: 'one/, two/' })
    await vault.restart()
  })

  it('says that Vault is sealed', async () => {
    await vault.seal()
    const found = await findings(environment)
    expect(named(found, 'Vault')).toMatchObject({ status: 'fail', found: 'sealed' })
  })
})
