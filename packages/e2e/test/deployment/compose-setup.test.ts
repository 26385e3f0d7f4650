import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { root } from '../support/entries.ts'

const itWithVault = withTools(it, 'OpenBao')

describe('the set-up of docker-compose.yml', () => {
  let localDir: string
  let vault: VaultServer | undefined

  beforeAll(async () => {
    localDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-local-'))
    const volumes = [
      'ca',
      'vault-tls',
      'nginx-tls',
      'demo',
      'vault-keys',
      'config-api',
      'forwarder',
      'prober',
      'prober-secret',
    ]
    await Promise.all(volumes.map((volume) => mkdir(join(localDir, volume))))
  })

  afterAll(async () => {
    await vault?.stop()
    await rm(localDir, { recursive: true, force: true })
  })

  const run = (script: string, env: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)(process.execPath, [join(root, 'infra/docker/demo', script)], {
      env: { LOCAL_DIR: localDir, ...env },
    })
  const read = (...names: string[]) => readFile(join(localDir, ...names), 'utf8')

  it('makes certificates once', async () => {
    await run('certificates.ts')
    const [ca, certificate] = [await read('ca/ca.pem'), await read('vault-tls/tls.crt')]
    expect(new X509Certificate(certificate).verify(new X509Certificate(ca).publicKey)).toBe(true)
    await run('certificates.ts')
    expect(await read('vault-tls/tls.crt')).toBe(certificate)
  })

  itWithVault('unseals a Vault to which each service can log in, as often as it is run', async () => {
    vault = await startVaultServer()
    const { address, rootToken, unsealKey } = vault
    await writeFile(join(localDir, 'vault-keys/keys.json'), JSON.stringify({ rootToken, unsealKey }))
    const logins = [
      { role_id: 'config-api', file: 'config-api/secret-id' },
      { role_id: 'gc', file: 'config-api/gc-secret-id' },
      { role_id: 'forwarder', file: 'forwarder/secret-id' },
      { role_id: 'prober', file: 'prober/secret-id' },
    ]
    const sharedSecrets = new Set<string>()
    for (let times = 1; times <= 2; times++) {
      await vault.seal()
      await run('vault.ts', { VAULT_ADDR: address })
      for (const { role_id, file } of logins) {
        const login = { role_id, secret_id: await read(file) }
        expect(await vault.api('PUT', 'auth/approle/login', login, '')).toMatchObject({ status: 200 })
      }
      // Nothing that config-api can read belongs to the prober.
      expect(await readdir(join(localDir, 'config-api'))).toEqual(['gc-secret-id', 'secret-id'])
      sharedSecrets.add(await read('prober-secret/secret'))
    }
    expect([...sharedSecrets]).toEqual([expect.stringMatching(/^.{44}$/)])
  })
})
