import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import {
  type RedisServer,
  startRedisServer,
  startVaultServer,
  type VaultServer,
  withTools,
} from '@mtls-gateway/test-kit'
import type { Finding } from '../src/work/doctor/finding.ts'
import { mtlsAdmin } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const describeRedis = withTools(describe, 'redis-server')
const describeVault = withTools(describe, 'OpenBao')

async function findings(environment: NodeJS.ProcessEnv): Promise<readonly Finding[]> {
  const { stdout } = await mtlsAdmin(['doctor', '--json'], environment)
  return JSON.parse(stdout).findings
}

function named(found: readonly Finding[], check: string): Finding | undefined {
  return found.find((finding) => finding.check === check)
}

describe('mtls-admin doctor', () => {
  const DATA_DIR = temporaryDirectory()

  beforeAll(() => openEmbeddedStore({ directory: DATA_DIR }).close())

  it('finds nothing to fix in a new embedded store, and says what it looked at', async () => {
    const { exitCode, stdout } = await mtlsAdmin(['doctor'], { DATA_DIR })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^ok +mtls-admin +1\.2\.3, commit 0123456789ab, in config-api$/m)
    expect(stdout).toMatch(/^ok +settings +valid$/m)
    expect(stdout).toMatch(/^ok +embedded store +key, format and content are sound$/m)
    expect(stdout).toMatch(/^\d+ ok, \d to look at, 0 to fix, 0 not known\n$/m)
  })

  it('is of a build that mtls-admin --version names', async () => {
    expect((await mtlsAdmin(['--version'])).stdout).toBe('1.2.3 (commit 0123456789ab)\n')
  })

  it('names a master key that everybody can read, and the command that fixes it', async () => {
    const key = join(DATA_DIR, 'master.key')
    chmodSync(key, 0o644)
    const { exitCode, stdout } = await mtlsAdmin(['doctor'], { DATA_DIR })
    chmodSync(key, 0o600)
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`${key} has mode 0644`)
    expect(stdout).toContain(`chmod 600 ${key}`)
  })

  it('names a data directory to which others can write: they could replace the store and its keys', async () => {
    const directory = temporaryDirectory()
    await openEmbeddedStore({ directory }).close()
    for (const [mode, status] of [
      [0o777, 'fail'],
      [0o775, 'warn'],
      [0o755, 'ok'],
    ] as const) {
      chmodSync(directory, mode)
      expect(named(await findings({ DATA_DIR: directory }), 'mode of DATA_DIR')).toMatchObject({ status })
    }
  })

  it('says every fault of the settings with an example, and none of their values', async () => {
    const wrong = { DATA_DIR, MASTER_KEY: 'not-a-key-but-secret', REDIS_TIMEOUT: '1ms' }
    const { exitCode, stdout } = await mtlsAdmin(['doctor'], wrong)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^fail +MASTER_KEY +must be 32 bytes in base64$/m)
    expect(stdout).toMatch(/^fail +REDIS_TIMEOUT +must be from 50ms to 30s\n.*REDIS_TIMEOUT=/m)
    expect(stdout).not.toContain('not-a-key')
  })

  it('fails if the store is damaged, and if there are too few descriptors for the configured connections', async () => {
    const directory = temporaryDirectory()
    await openEmbeddedStore({ directory }).close()
    writeFileSync(join(directory, 'secrets.head'), 'something else')
    const found = await findings({ DATA_DIR: directory, MAX_CONNECTIONS: '1000000' })
    expect(named(found, 'embedded store')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('secrets.head'),
    })
    expect(named(found, 'file descriptors')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('MAX_CONNECTIONS'),
    })
  })

  it('compares the clock with that of the token issuer', async () => {
    const issuer = createServer((_, answer) => {
      answer.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
      answer.end(JSON.stringify({ keys: [{}] }))
    })
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
    const { port } = issuer.address() as AddressInfo
    const settings = { TOKEN_JWKS_URL: `http://127.0.0.1:${port}`, TOKEN_ISSUER: 'a', TOKEN_AUDIENCE: 'b' }
    const found = await findings({ DATA_DIR, ...settings })
    issuer.close()
    expect(named(found, 'TOKEN_JWKS_URL')).toMatchObject({ status: 'ok', found: '1 keys' })
    expect(named(found, 'clock against the token issuer')).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(/is 3\d{3}\.\d s ahead/),
    })
  })
})

describeRedis('mtls-admin doctor, with Redis', () => {
  const DATA_DIR = temporaryDirectory()
  let redis: RedisServer

  beforeAll(async () => {
    await openEmbeddedStore({ directory: DATA_DIR }).close()
    redis = await startRedisServer({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] })
  })
  afterAll(() => redis?.stop())

  it('fails on a policy that evicts nonces, and tells its version, clock, memory and persistence', async () => {
    const found = await findings({ DATA_DIR, REDIS_URL: redis.url })
    expect(named(found, 'maxmemory-policy of Redis')).toMatchObject({ status: 'fail', found: 'allkeys-lru' })
    for (const what of [
      'version of Redis',
      'clock against Redis',
      'memory of Redis',
      'persistence of Redis',
      'TLS to Redis',
    ]) {
      expect(named(found, what)).toMatchObject({ status: 'ok' })
    }
  })

  it('says that Redis is not reached, without the password of its url', async () => {
    const { exitCode, stdout } = await mtlsAdmin(['doctor'], { DATA_DIR, REDIS_URL: 'redis://u:geheim@127.0.0.1:1' })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^fail +Redis +not reached: .*ECONNREFUSED/m)
    expect(stdout).not.toContain('geheim')
  })
})

describeVault('mtls-admin doctor, with Vault', () => {
  const folder = temporaryDirectory()
  const mount = `doctor-${process.pid}`
  let vault: VaultServer
  let environment: NodeJS.ProcessEnv

  beforeAll(async () => {
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
      INTROSPECTION_URL: 'https://login.example/introspect',
      INTROSPECTION_CLIENT_ID: 'id',
      INTROSPECTION_CLIENT_SECRET: 'secret',
    }
  })
  afterAll(() => vault?.stop())

  it('finds a Vault sound that mtls-admin vault setup has made, but for audit devices', async () => {
    const found = await findings({ ...environment, VAULT_OPERATOR_TOKEN: vault.rootToken })
    const notOk = found.filter(({ status }) => status !== 'ok').map(({ check, status }) => [check, status])
    expect(notOk).toEqual([['audit devices of Vault', 'warn']])
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['Vault', 'clock against Vault', 'login at Vault', 'engine of Vault', 'policy of gc']),
    )
  })

  it('says what it cannot look at without the token of an operator', async () => {
    expect(named(await findings(environment), 'set-up of Vault')).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('VAULT_OPERATOR_TOKEN'),
    })
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
    expect(named(found, 'login at Vault')).toMatchObject({ status: 'fail' })
  })

  it('says that Vault is sealed', async () => {
    await vault.seal()
    const found = await findings(environment)
    expect(named(found, 'Vault')).toMatchObject({ status: 'fail', found: 'sealed' })
  })
})
