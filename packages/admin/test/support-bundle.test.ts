import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { targetSettings } from '@mtls-gateway/service-kit'
import { Canary, readTree } from '@mtls-gateway/test-kit'
import { AdminContext } from '../src/admin-context.ts'
import { allCommands } from '../src/commands/all.ts'
import { run } from '../src/run.ts'
import { secretsOf } from '../src/work/support/shown-settings.ts'
import { mtlsAdmin, noService, service } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** What the machine's own tar finds in it, by name. */
function unpacked(file: string): Record<string, string> {
  const folder = temporaryDirectory()
  execFileSync('tar', ['-xzf', file, '-C', folder])
  const [only = ''] = readdirSync(folder)
  return Object.fromEntries(
    readdirSync(join(folder, only)).map((name) => [name, readFileSync(join(folder, only, name), 'utf8')]),
  )
}

describe('mtls-admin support-bundle', () => {
  it('holds no secret of the settings, of the files that they name, or of what was logged; valid or not', async () => {
    const canary = new Canary()
    const directory = temporaryDirectory()
    const secretIn = (name: string) => {
      const file = join(directory, name)
      writeFileSync(file, `${canary.plant(name)}\n`, { mode: 0o600 })
      return file
    }
    const masterKey = randomBytes(32)
    const redisPassword = canary.plant('the password of Redis')
    const environment = {
      DATA_DIR: directory,
      MASTER_KEY: masterKey.toString('base64'),
      REDIS_URL: `redis://gateway:${redisPassword}@127.0.0.1:1`,
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_ROLE_ID: 'role',
      VAULT_SECRET_ID_FILE: secretIn('secret id'),
      VAULT_TOKEN: canary.plant('a token of Vault'),
      VAULT_OPERATOR_TOKEN: canary.plant('the token of an operator'),
      INTROSPECTION_CLIENT_SECRET: canary.plant('the secret of a client'),
      TOKEN_JWKS_URL: `https://user:${canary.plant('a password in a url')}@login.example`,
      UNKNOWN_PASSWORD: canary.plant('a variable of something else'),
    }
    const log = join(directory, 'service.log')
    const logged = [redisPassword, environment.VAULT_TOKEN, readFileSync(environment.VAULT_SECRET_ID_FILE, 'utf8')]
    writeFileSync(log, `before ${logged.join(' and ')} ${environment.MASTER_KEY} after`)
    const file = join(directory, 'bundle.tar.gz')

    const { exitCode, stdout, stderr } = await mtlsAdmin(['support-bundle', file, '--log', log], environment)

    expect(exitCode).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const texts = unpacked(file)
    expect(canary.findIn({ ...texts, stdout, stderr })).toEqual([])
    expect(Object.values(texts).join()).not.toContain(environment.MASTER_KEY)
    expect(texts['service.log']).toMatch(/^before \[secret\] and \[secret\] and \[secret\]\s+\[secret\] after$/)
    const settings = JSON.parse(texts['settings.json'] ?? '')
    expect(settings).toMatchObject({
      MASTER_KEY: { value: '[secret]', from: 'environment' },
      REDIS_URL: { value: '[secret]' },
      VAULT_SECRET_ID_FILE: { value: environment.VAULT_SECRET_ID_FILE },
      TOKEN_JWKS_URL: { value: '(not valid)' },
      LOG_LEVEL: { value: 'info', from: 'default' },
      TLS_CERT_FILE: { value: null, from: 'nowhere' },
    })
    expect(settings).not.toHaveProperty('UNKNOWN_PASSWORD')
    expect(texts['doctor.txt']).toContain('TOKEN_JWKS_URL')
    expect(texts['health.json']).toMatch(/does not answer: .*ECONNREFUSED/)
    expect(Object.keys(await readTree(directory))).toContain('bundle.tar.gz')
  })

  it('knows the passwords in a file of JSON', () => {
    const file = join(temporaryDirectory(), 'proxies.json')
    writeFileSync(
      file,
      JSON.stringify(
        {
          '*': { url: 'http://proxy.example', username: 'a', password: 'a: b c' },
          acme: { url: 'http://proxy.example', username: 'a', password: 'quo"ted\\ "twice"' },
        },
        null,
        1,
      ),
    )
    const known = secretsOf(targetSettings(), { EGRESS_PROXIES_FILE: file })
    expect(known).toEqual(expect.arrayContaining(['a: b c', 'quo"ted\\ "twice"']))
  })

  it('has health and metrics of the running service, and overwrites nothing', async () => {
    const directory = temporaryDirectory()
    await openEmbeddedStore({ directory }).close()
    const running = createServer((request, answer) => answer.end(`answer to ${request.url}`))
    await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve))
    const port = String((running.address() as AddressInfo).port)
    const environment = { DATA_DIR: directory, CONFIG_API_PORT: port, CONFIG_API_MANAGEMENT_PORT: port }
    const file = join(directory, 'bundle.tar.gz')

    expect((await mtlsAdmin(['support-bundle', file], environment)).exitCode).toBe(0)
    const again = await mtlsAdmin(['support-bundle', file], environment)
    running.close()

    const texts = unpacked(file)
    expect(texts).toMatchObject({
      'health.json': 'answer to /health/ready',
      'version.json': 'answer to /version',
      'metrics.txt': 'answer to /metrics',
    })
    expect(JSON.parse(texts['about.json'] ?? '')).toMatchObject({
      service: 'config-api',
      version: '1.2.3',
      commit: '0123456789ab',
    })
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('EEXIST') })
  })

  it('goes to stdout where nothing can be written, as in a read-only container', async () => {
    const directory = temporaryDirectory()
    const written: Uint8Array[] = []
    const stdout = { write: (bytes: string | Uint8Array) => written.push(Buffer.from(bytes)) }
    const context = new AdminContext(
      service,
      { ...noService, DATA_DIR: directory },
      { stdout, stderr: { write: () => true } },
    )
    expect(await run(['support-bundle', '-'], context, allCommands)).toBe(0)
    const file = join(directory, 'bundle.tar.gz')
    writeFileSync(file, Buffer.concat(written))
    expect(unpacked(file)).toHaveProperty(['doctor.txt'])
  })
})
