import { chmodSync, chownSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openSecretStore, openVaultStore, secretFromFile } from '@mtls-gateway/secret-store'
import { storeConfig } from '@mtls-gateway/service-kit'
import { createCa, startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { mtlsAdmin, service } from '../invocation.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

type Run = Awaited<ReturnType<typeof mtlsAdmin>>

const describeVault = withTools(describe, 'OpenBao')

describeVault('mtls-admin vault setup', () => {
  const mount = `setup-${process.pid}`
  const directory = temporaryDirectory()
  let vault: VaultServer

  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> =>
    mtlsAdmin(['vault', 'setup', ...args], { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, ...env })

  beforeAll(async () => {
    vault = await startVaultServer()
  })
  afterAll(async () => {
    await vault.api('DELETE', `sys/mounts/${mount}`)
    await vault.stop()
  })

  it('prints role ids and writes secret ids that log in, and changes nothing when it is run again', async () => {
    const args = ['--mount', mount, '--secret-ids', directory, '--json']
    const first = await run(args)
    const file = join(directory, 'config-api.secret-id')
    const secretId = readFileSync(file, 'utf8')
    const second = await run(args)

    expect(first).toMatchObject({ exitCode: 0, stderr: '' })
    expect(second).toEqual(first)
    expect(readFileSync(file, 'utf8')).toBe(secretId)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(first.stdout).not.toContain(secretId)
    expect(first.stdout).not.toContain(vault.rootToken)

    const { roleId } = JSON.parse(first.stdout).roles.find(({ role }: { role: string }) => role === 'config-api')
    const auth = { kind: 'app-role', roleId, secretId: secretFromFile(file) } as const
    const store = openVaultStore({ address: vault.address, mount, auth })
    expect(await store.put(accountPath(parseAccountId('acme')), {}, 0)).toBe(1)
    await store.close()
  })

  it('writes a secret id through no link that somebody has put into the folder', async () => {
    const [folder, victim] = [temporaryDirectory(), join(temporaryDirectory(), 'victim')]
    writeFileSync(victim, 'as it was')
    symlinkSync(victim, join(folder, `gc.secret-id.${process.pid}`))
    expect(await run(['--mount', mount, '--secret-ids', folder])).toMatchObject({ exitCode: 0 })
    expect(readFileSync(victim, 'utf8')).toBe('as it was')
    expect(lstatSync(join(folder, 'gc.secret-id')).isFile()).toBe(true)
  })

  it('makes another secret id where the one in the file is no longer taken', async () => {
    const args = ['--mount', mount, '--secret-ids', directory]
    await run(args)
    const file = join(directory, 'gc.secret-id')
    const secretId = readFileSync(file, 'utf8')
    // Root gives it to the user of the service, here to nobody; others can give it to themselves alone.
    const [owner, group] = process.getuid?.() === 0 ? [65_534, 65_534] : [statSync(file).uid, statSync(file).gid]
    chownSync(file, owner, group)
    chmodSync(file, 0o644)
    await vault.api('POST', `auth/approle/role/${mount}-gc/secret-id/destroy`, { secret_id: secretId })

    const { stdout } = await run(args)

    expect(readFileSync(file, 'utf8')).not.toBe(secretId)
    const { uid, gid, mode } = statSync(file)
    expect([uid, gid, mode & 0o777]).toEqual([owner, group, 0o640])
    // Each role with the settings that its login goes to.
    expect(stdout).toMatch(new RegExp(`^ {2}VAULT_GC_SECRET_ID_FILE +${file}$`, 'm'))
    // One each for forwarder-api, config-api and the prober, which log in for themselves.
    expect(stdout.match(/^ {2}VAULT_ROLE_ID +\S+$/gm)).toHaveLength(3)
    expect(stdout).toMatch(
      new RegExp(`^prober \\(for its own process alone[^]*VAULT_SECRET_ID_FILE +${directory}/prober`, 'm'),
    )
  })

  it('makes an AppRole that nobody can close to others by wrong secret ids', async () => {
    const authMount = `${mount}-auth`
    const { stdout } = await run(['--mount', mount, '--auth-mount', authMount, '--secret-ids', directory, '--json'])
    const { roleId: role_id } = JSON.parse(stdout).roles.find(({ role }: { role: string }) => role === 'forwarder')
    const logIn = (secret_id: string) => vault.api('POST', `auth/${authMount}/login`, { role_id, secret_id })
    for (let n = 0; n < 6; n++) expect((await logIn(`wrong-${n}`)).status).not.toBe(200)
    expect((await logIn(readFileSync(join(directory, 'forwarder.secret-id'), 'utf8'))).status).toBe(200)
    await vault.api('DELETE', `sys/auth/${authMount}`)
  })

  it('makes secret ids that expire, and another one in the second half of its time', async () => {
    const expiring = join(directory, 'expiring')
    const args = ['--mount', mount, '--secret-ids', expiring, '--json']
    const idOf = (run: Run) => JSON.parse(run.stdout).roles.find(({ role }: { role: string }) => role === 'forwarder')
    const file = join(expiring, 'forwarder.secret-id')
    const inDays = (run: Run) => (Date.parse(idOf(run).secretIdExpires) - Date.now()) / 86_400_000
    expect(inDays(await run(args))).toBeCloseTo(30, 1)
    const byDefault = readFileSync(file, 'utf8')

    const shorter = await run([...args, '--secret-id-ttl', '8s'])
    const first = readFileSync(file, 'utf8')
    expect(first).not.toBe(byDefault)
    expect(inDays(shorter)).toBeCloseTo(0, 1)
    await delay(Date.parse(idOf(shorter).secretIdExpires) - Date.now() - 3_500)
    await run([...args, '--secret-id-ttl', '8s'])
    expect(readFileSync(file, 'utf8')).not.toBe(first)

    const forEver = await run([...args, '--secret-id-ttl', '0'])
    expect(idOf(forEver)).not.toHaveProperty('secretIdExpires')
    expect(await run([...args, '--secret-id-ttl', '0'])).toEqual(forEver)
  })

  it('binds secret ids and tokens of a role to addresses, and keeps that when it is run without', async () => {
    const bound = join(directory, 'bound')
    const args = ['--mount', mount, '--secret-ids', bound, '--json']
    const logIn = async ({ stdout }: Run, role: string) => {
      const { roleId: role_id } = JSON.parse(stdout).roles.find((made: { role: string }) => made.role === role)
      const secret_id = readFileSync(join(bound, `${role}.secret-id`), 'utf8')
      return vault.api('POST', 'auth/approle/login', { role_id, secret_id })
    }
    const elsewhere = await run([...args, '--bound-cidrs', 'forwarder=192.0.2.0/24'])
    expect(elsewhere).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Not tried out') })
    expect((await logIn(elsewhere, 'forwarder')).status).not.toBe(200)
    expect((await logIn(elsewhere, 'config-api')).status).toBe(200)

    expect((await logIn(await run(args), 'forwarder')).status).not.toBe(200)
    const one = await run([...args, '--bound-cidrs', 'forwarder=127.0.0.1,::1'])
    expect(one).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await logIn(one, 'forwarder')).status).toBe(200)

    const here = await run([...args, '--bound-cidrs', '127.0.0.0/8'])
    expect(here).toMatchObject({ exitCode: 0, stderr: '' })
    expect((await logIn(here, 'forwarder')).body.auth.token_policies).toEqual([`${mount}-forwarder`])
    const { data } = (await vault.api('GET', `auth/approle/role/${mount}-forwarder`)).body
    expect([data.token_bound_cidrs, data.secret_id_bound_cidrs]).toEqual([['127.0.0.0/8'], ['127.0.0.0/8']])
  })

  it('prints all settings of Vault that a service needs, with which it can log in after a restart of the server', async () => {
    const folder = temporaryDirectory()
    const caFile = join(folder, 'ca.pem')
    writeFileSync(caFile, (await createCa()).certificate)
    const authMount = `${mount}-own`
    const args = ['--mount', mount, '--auth-mount', authMount, '--secret-ids', folder]
    const { stdout } = await run(args, { VAULT_CA_FILE: caFile })
    const [, configApi = ''] = /^config-api\n((?: {2}.*\n)+)/m.exec(stdout) ?? []
    const env = Object.fromEntries(
      [...configApi.matchAll(/^ {2}([A-Z_]+) +(.*)$/gm)].map(([, name, value]) => [name, value]),
    )
    expect(env).toMatchObject({
      SECRET_STORE: 'vault',
      VAULT_ADDR: vault.address,
      VAULT_MOUNT: mount,
      VAULT_CA_FILE: caFile,
    })

    const page = readFileSync(new URL('../../../../docs/production.md', import.meta.url), 'utf8')
    const auditLog = join(folder, 'audit.log')
    const audit = /^ *audit "file"[^`]+/m.exec(page)?.[0].replace('/var/log/openbao/audit.log', auditLog)
    expect(env).toMatchObject({ VAULT_APPROLE_MOUNT: authMount })
    await vault.restart('', audit)

    // What it needs on Vault beside it.
    const others = {
      SINGLE_INSTANCE: 'true',
      TOKEN_ISSUER: 'https://login.example',
      TOKEN_AUDIENCE: 'mtls-gateway',
      TOKEN_JWKS_URL: 'https://login.example/jwks',
    }
    const store = openSecretStore(storeConfig(service.readConfiguration({ ...env, ...others })))
    expect(await store.put(accountPath(parseAccountId('restarted')), {}, 0)).toBe(1)
    await store.close()
    expect(Object.keys((await vault.api('GET', 'sys/audit')).body.data)).toEqual(['to-file/'])
    expect(readFileSync(auditLog, 'utf8')).toContain('accounts/restarted')
    expect((await run(args)).exitCode).toBe(0)
    await vault.restart()
  })

  it('writes roles for service accounts at the login that is named, and prints the settings for them', async () => {
    const [kubernetesMount, other] = [`${mount}-kubernetes`, `${mount}-other`]
    await vault.api('POST', `sys/auth/${kubernetesMount}`, { type: 'kubernetes' })
    const at = ['--kubernetes-mount', kubernetesMount]

    const first = await run(['--mount', mount, '--kubernetes', 'production', ...at])
    const second = await run(['--mount', other, '--kubernetes', 'staging', ...at])

    expect([first, second]).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }])
    expect(first.stdout.match(/^ {2}VAULT_KUBERNETES_MOUNT +(\S+)$/gm)).toHaveLength(4)
    expect(first.stdout).toMatch(new RegExp(`^ {2}VAULT_KUBERNETES_MOUNT +${kubernetesMount}$`, 'm'))
    for (const [name, namespace] of [
      [mount, 'production'],
      [other, 'staging'],
    ]) {
      const { data } = (await vault.api('GET', `auth/${kubernetesMount}/role/${name}-gc`)).body
      expect(data).toMatchObject({
        bound_service_account_names: ['config-api'],
        bound_service_account_namespaces: [namespace],
        token_policies: [`${name}-gc`],
      })
    }
    await vault.api('DELETE', `sys/auth/${kubernetesMount}`)
    await vault.api('DELETE', `sys/mounts/${other}`)
  })

  it('changes nothing where roles are those of a gateway in another namespace', async () => {
    const [own, fresh] = [`${mount}-namespace`, `${mount}-fresh`]
    await vault.api('POST', `sys/auth/${own}`, { type: 'kubernetes' })
    const at = ['--kubernetes-mount', own]
    const role = async () => (await vault.api('GET', `auth/approle/role/${own}-forwarder`)).body.data
    await run(['--mount', own, '--kubernetes', 'production', '--bound-cidrs', '127.0.0.0/8', ...at])
    const before = await role()

    const staging = ['--kubernetes', 'staging', '--bound-cidrs', '192.0.2.0/24', '--secret-id-ttl', '1h', ...at]
    expect(await run(['--mount', own, ...staging])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`auth/${own}/role/${own}-forwarder is for the namespace production.`),
    })
    expect(before).toMatchObject({ token_bound_cidrs: ['127.0.0.0/8'] })
    expect(await role()).toEqual(before)

    // The last of its roles is another gateway's.
    const settings = { bound_service_account_names: ['config-api'], bound_service_account_namespaces: ['production'] }
    await vault.api('POST', `auth/${own}/role/${fresh}-gc`, settings)
    expect(await run(['--mount', fresh, ...staging])).toMatchObject({ exitCode: 2 })
    expect((await vault.api('GET', `sys/policies/acl/${fresh}-forwarder`)).status).toBe(404)
    expect((await vault.api('GET', 'sys/mounts')).body.data).not.toHaveProperty(`${fresh}/`)

    await vault.api('DELETE', `sys/auth/${own}`)
    await vault.api('DELETE', `sys/mounts/${own}`)
  })

  it('writes no policy of a gateway whose mount gives its roles the same names', async () => {
    const one = `${mount}-team/gw`
    const policy = async () => (await vault.api('GET', `sys/policies/acl/${mount}-team-gw-forwarder`)).body.data.policy
    expect(await run(['--mount', one])).toMatchObject({ exitCode: 0 })
    const before = await policy()

    for (const other of [`${mount}-team-gw`, `${mount}-Team/gw`]) {
      const name = `${other.replace('/', '-')}-forwarder`
      const { exitCode, stderr } = await run(['--mount', other])
      expect([exitCode, stderr.trim()]).toEqual([
        2,
        `The policy ${name} is for the mount ${one}. Choose a mount (--mount) whose name differs in more than case, - and /. If no gateway is there any more, remove the policy first: vault policy delete ${name}.`,
      ])
    }
    expect(before).toContain(`path "${one}/`)
    expect(await policy()).toBe(before)
    expect(await run(['--mount', one])).toMatchObject({ exitCode: 0 })
    await vault.api('DELETE', `sys/mounts/${one}`)
  })

  it('says in one sentence what is wrong, without the token', async () => {
    await vault.api('POST', `sys/mounts/${mount}-old`, { type: 'kv', options: { version: '1' } })
    const failures = [
      await run(['--mount', `${mount}-old`]),
      await run(['--mount', '../sys']),
      await run([], { VAULT_TOKEN: 'hvs.of-nobody' }),
      await run([], { VAULT_ADDR: 'http://127.0.0.1:1' }),
      await run([], { VAULT_ADDR: 'http://vault.example:8200' }),
      await run([], { VAULT_TOKEN: '' }),
      await run(['--secret-id-ttl', 'soon']),
      await run(['--bound-cidrs', 'nobody=10.0.0.0/8']),
      await run(['--mount', mount, '--kubernetes', 'mtls-gateway']),
      await run(['--mount', mount, '--kubernetes', 'mtls-gateway', '--kubernetes-mount', '../sys']),
      await run(['--mount', mount, '--bound-cidrs', 'forwarder=10.1.0.300']),
    ]
    await vault.api('DELETE', `sys/mounts/${mount}-old`)

    expect(failures.map(({ exitCode }) => exitCode)).toEqual(Array(11).fill(2))
    expect(failures.map(({ stderr }) => stderr.replace('\n(See --help.)', '').trim())).toEqual([
      `At ${mount}-old there is no KV version 2 engine but another one.`,
      'A mount of Vault must be like secret or team/secret.',
      "sys/policies/acl/mtls-gateway-forwarder: Vault's policies do not allow it.\nVault answered with status 403.",
      "sys/policies/acl/mtls-gateway-forwarder: Vault can't be reached: ECONNREFUSED.",
      'The address of Vault must begin with https://: over http, others on the network could read tokens.',
      'VAULT_ADDR and VAULT_TOKEN are required, like https://vault.example:8200.',
      "error: option '--secret-id-ttl <time>' argument 'soon' is invalid. It is like 30d, 12h, 90m, 45s or 0.",
      "error: option '--bound-cidrs <list>' argument 'nobody=10.0.0.0/8' is invalid. It is like 10.1.0.0/16,10.2.0.7 or ROLE=10.1.0.0/16; roles: forwarder, config-api, prober, gc.",
      'At auth/kubernetes there is no Kubernetes login. Enable and configure it: vault auth enable -path=kubernetes kubernetes.',
      'A mount of Vault must be like secret or team/secret.',
      expect.stringMatching(/^auth.approle.role.[\w-]+-forwarder: Vault answered with status \d+: .*10\.1\.0\.300/),
    ])
  })
})
