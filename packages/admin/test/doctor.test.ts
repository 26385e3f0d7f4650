import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { createCa, type RedisServer, startRedisServer, withTools } from '@mtls-gateway/test-kit'
import { ok } from '../src/finding.ts'
import { examination } from '../src/work/doctor/examine.ts'
import { findings, mtlsAdmin, named } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const describeRedis = withTools(describe, 'redis-server')

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

  it('reads certificate and key as the service does: a key of another certificate is a fault', async () => {
    const ca = await createCa()
    const [one, other] = await Promise.all([ca.issue({ commonName: 'a' }), ca.issue({ commonName: 'b' })])
    const [TLS_CERT_FILE, TLS_KEY_FILE] = ['cert.pem', 'key.pem'].map((name) => join(DATA_DIR, name))
    writeFileSync(TLS_CERT_FILE ?? '', one.certificate)
    const found = async (key: string) => {
      writeFileSync(TLS_KEY_FILE ?? '', key, { mode: 0o600 })
      return named(await findings({ DATA_DIR, TLS_CERT_FILE, TLS_KEY_FILE }), 'TLS_CERT_FILE')
    }
    expect(await found(one.privateKey)).toMatchObject({ status: 'ok' })
    expect(await found(other.privateKey)).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('is not the one of the certificate'),
    })
    expect(await found('no key')).toMatchObject({ status: 'fail', found: expect.stringContaining('cannot be read') })
  })

  it('reads CAs and rules for certificates of callers as the service does', async () => {
    const [ca, own] = await Promise.all([createCa(), createCa().then((each) => each.issue({ commonName: 'a' }))])
    const write = (name: string, content: string) => {
      writeFileSync(join(DATA_DIR, name), content, { mode: 0o600 })
      return join(DATA_DIR, name)
    }
    const rules = [{ when: { san: 'uri', matches: 'spiffe://prod.example/*' }, accounts: ['le1'], scopes: ['forward'] }]
    const found = async (content: string, pem = ca.certificate) =>
      findings({
        DATA_DIR,
        TLS_CERT_FILE: write('cert.pem', own.certificate),
        TLS_KEY_FILE: write('key.pem', own.privateKey),
        CALLER_CA_FILE: write('callers.pem', pem),
        CALLER_CERTIFICATE_RULES_FILE: write('rules.json', content),
      })
    const good = await found(JSON.stringify({ rules }))
    expect(named(good, 'CALLER_CERTIFICATE_RULES_FILE')).toMatchObject({ status: 'ok', found: '1 rules' })
    expect(named(good, 'CALLER_CA_FILE')).toMatchObject({ status: 'ok' })
    for (const bad of [await found('{"rules": []}'), await found(JSON.stringify({ rules }), own.certificate)]) {
      expect(named(bad, 'CALLER_CERTIFICATE_RULES_FILE')).toMatchObject({ status: 'fail' })
    }
  })

  it('divides the memory as the service does', async () => {
    const found = async (MEMORY_LIMIT_MIB: string) => named(await findings({ DATA_DIR, MEMORY_LIMIT_MIB }), 'memory')
    expect(await found('512')).toMatchObject({
      status: 'ok',
      found: '512 MiB (MEMORY_LIMIT_MIB), of which the heap may take 132 MiB',
    })
    expect(await found('200')).toMatchObject({ status: 'warn' })
    expect(await found('16000000')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('Set at most that'),
    })
  })

  it('names a data directory that the service could not make or write', async () => {
    const file = join(DATA_DIR, 'a-file')
    writeFileSync(file, '')
    for (const directory of [file, join(file, 'below')]) {
      expect(named(await findings({ DATA_DIR: directory }), 'DATA_DIR')).toMatchObject({
        status: 'fail',
        found: expect.stringContaining(directory),
      })
      expect(named(await findings({ DATA_DIR, RUNTIME_DIR: directory }), 'RUNTIME_DIR')).toMatchObject({
        status: 'fail',
      })
    }
    expect(named(await findings({ DATA_DIR: join(DATA_DIR, 'new', 'folder') }), 'DATA_DIR')).toMatchObject({
      status: 'ok',
    })
  })

  it('refuses the name of a service that the image does not have', async () => {
    expect(await mtlsAdmin(['doctor', '--service', 'other'], { DATA_DIR })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--service must be one of config-api.'),
    })
  })

  it('names an address that this host does not have', async () => {
    expect(named(await findings({ DATA_DIR, MANAGEMENT_HOST: '192.0.2.1' }), 'MANAGEMENT_HOST')).toMatchObject({
      status: 'fail',
      found: '192.0.2.1 is no address of this host',
    })
  })

  it('says that the key of the embedded token issuer is none', async () => {
    const directory = temporaryDirectory()
    await openEmbeddedStore({ directory }).close()
    writeFileSync(join(directory, 'issuer.key'), 'garbage', { mode: 0o600 })
    expect(named(await findings({ DATA_DIR: directory }), 'token issuer')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('rm '),
    })
  })

  it('asks where tokens are introspected, by the client of the settings', async () => {
    const issuer = createServer((request, answer) => {
      const isClient = request.headers.authorization === `Basic ${btoa('id:secret')}`
      answer.writeHead(isClient ? 200 : 401).end('{"active":false}')
    })
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
    const { port } = issuer.address() as AddressInfo
    const found = async (url: string, secret: string) => {
      const client = { INTROSPECTION_CLIENT_ID: 'id', INTROSPECTION_CLIENT_SECRET: secret }
      return named(await findings({ DATA_DIR, INTROSPECTION_URL: url, ...client }), 'INTROSPECTION_URL')
    }
    const url = `http://127.0.0.1:${port}/introspect`
    expect(await found(url, 'secret')).toMatchObject({ status: 'ok' })
    expect(await found(url, 'other')).toMatchObject({ status: 'fail', found: expect.stringContaining('status 401') })
    issuer.close()
    expect(await found('http://127.0.0.1:1/', 'secret')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('checks the file of token issuers, and whether the keys of each can be fetched', async () => {
    const keys = await answeredBy(JSON.stringify({ keys: [] }))
    const rules = [{ accounts: ['le1'], scopes: ['forward'] }]
    const entries = [
      { issuer: 'https://login.example', jwksUrl: keys.url, audience: 'a', algorithms: ['ES384'], rules },
      { trustDomain: 'prod.example', jwksUrl: keys.url, audience: 'a', rules },
    ]
    const found = async (issuers: readonly object[], settings: object = {}) => {
      const file = join(temporaryDirectory(), 'token-issuers.json')
      writeFileSync(file, JSON.stringify({ issuers }))
      const all = await findings({ DATA_DIR, TOKEN_ISSUERS_FILE: file, ...settings })
      return all.filter(({ check }) => check === 'TOKEN_ISSUERS_FILE')
    }
    expect(await found(entries)).toEqual([expect.objectContaining({ status: 'ok', found: '2 issuers' })])
    const nowhere = 'http://127.0.0.1:1/jwks'
    const [first, second] = entries
    expect(
      await found([
        { ...first, jwksUrl: nowhere },
        { ...second, jwksUrl: nowhere },
      ]),
    ).toEqual(
      ['https://login.example', 'prod.example'].map((name) =>
        expect.objectContaining({ status: 'warn', found: expect.stringMatching(`${name}: .*ECONNREFUSED`) }),
      ),
    )
    const wrong = await found([{ ...first, audience: undefined }, second ?? {}])
    expect(wrong).toEqual([
      expect.objectContaining({
        status: 'fail',
        found: expect.stringContaining('line 1, https://login.example: audience is required'),
      }),
    ])
    keys.close()
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

/** What answers in place of Vault and the token issuer: the last answer again and again. */
async function answeredBy(...answers: readonly string[]): Promise<{ readonly url: string; close(): void }> {
  const left = [...answers]
  const server = createServer((_, answer) => answer.end(left.length > 1 ? left.shift() : left[0]))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

describe('mtls-admin doctor, with hostile answers', () => {
  const DATA_DIR = temporaryDirectory()
  const keySet = JSON.stringify({ keys: [{}] })
  const onVault = (url: string) => ({
    ...{ SECRET_STORE: 'vault', VAULT_ADDR: url, VAULT_TOKEN: 'x', SINGLE_INSTANCE: 'true' },
    ...{ TOKEN_JWKS_URL: url, TOKEN_ISSUER: 'a', TOKEN_AUDIENCE: 'b' },
  })

  beforeAll(() => openEmbeddedStore({ directory: DATA_DIR }).close())

  it.each([
    ['text', '<html>'],
    ['null', 'null'],
    ['keys that are none', '{"keys":"abc"}'],
  ])('tells all findings where the token issuer answers a second request with %s', async (_, second) => {
    const issuer = await answeredBy(keySet, second)
    const settings = { TOKEN_JWKS_URL: issuer.url, TOKEN_ISSUER: 'a', TOKEN_AUDIENCE: 'b' }
    const found = await findings({ DATA_DIR, ...settings })
    issuer.close()
    expect(named(found, 'TOKEN_JWKS_URL')).toMatchObject({ status: 'fail', found: 'no keys' })
    expect(named(found, 'embedded store')).toMatchObject({ status: 'ok' })
  })

  it.each(['null', '5', '[]', '{}', '<html>'])('takes %s for no answer of Vault', async (body) => {
    const vault = await answeredBy(body)
    const settings = onVault(vault.url)
    const found = await findings(settings)
    vault.close()
    expect(named(found, 'Vault')).toMatchObject({ status: 'fail', found: 'the answer is not one of Vault' })
  })

  it('shows a line of a long answer, which cannot write another line of the report', async () => {
    const version = `1\nok       login at Vault  accepted\r\u001b[2J${'x'.repeat(100_000)}`
    const vault = await answeredBy(JSON.stringify({ version, sealed: false, initialized: true }))
    const settings = onVault(vault.url)
    const { stdout } = await mtlsAdmin(['doctor'], settings)
    vault.close()
    expect(stdout).not.toMatch(/^ok +login at Vault/m)
    expect(stdout).toMatch(/^ok +Vault +version 1 ok login at Vault accepted x+\.\.\.$/m)
    expect(stdout.length).toBeLessThan(10_000)
  })

  it('tells the findings of all other checks where one fails in an unexpected way', async () => {
    const broken = examination({
      readConfiguration: () => ({}),
      checks: [
        () => {
          throw new TypeError('not\nexpected')
        },
        () => [ok('other', 'sound')],
      ],
    })
    expect(await broken({})).toEqual([
      ok('settings', 'valid'),
      expect.objectContaining({ status: 'fail', found: 'a check could not be made: TypeError: not expected' }),
      ok('other', 'sound'),
    ])
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
      'user of Redis',
      'version of Redis',
      'clock against Redis',
      'memory of Redis',
      'persistence of Redis',
      'TLS to Redis',
    ]) {
      expect(named(found, what)).toMatchObject({ status: 'ok' })
    }
  })

  it('names what the user of Redis may not do, with the command that allows it', async () => {
    await redis.command('ACL', 'SETUSER', 'gateway', 'on', '>secret', '+@all', '-xadd', '-set', '~mtls:*')
    const REDIS_URL = redis.url.replace('//', '//gateway:secret@')
    expect(named(await findings({ DATA_DIR, REDIS_URL }), 'user of Redis')).toMatchObject({
      status: 'fail',
      found: 'it may not run set, xadd on keys of mtls:*',
      fix: expect.stringContaining('+set +xadd'),
    })
  })

  it('says that Redis is not reached, without the password of its url', async () => {
    const { exitCode, stdout } = await mtlsAdmin(['doctor'], { DATA_DIR, REDIS_URL: 'redis://u:geheim@127.0.0.1:1' })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^fail +Redis +not reached: .*ECONNREFUSED/m)
    expect(stdout).not.toContain('geheim')
  })

  it('knows the protected mode of Redis, and how it ends', async () => {
    // As a Redis does with whoever does not come from its own host, which this test cannot.
    const answer = '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set'
    const denying = createTcpServer((socket) => socket.on('error', () => {}).end(`${answer} for the default user.\r\n`))
    await new Promise<void>((resolve) => denying.listen(0, '127.0.0.1', resolve))
    const { port } = denying.address() as AddressInfo
    const found = await findings({ DATA_DIR, REDIS_URL: `redis://127.0.0.1:${port}` })
    denying.close()
    expect(named(found, 'Redis')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('only its own host'),
      fix: expect.stringContaining('ACL SETUSER default off resetpass'),
    })
  })
})
