import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createCa,
  type ServiceProcess,
  startGateway,
  startService,
  startTestTarget,
  startTokenIssuer,
  type TestTarget,
  type TokenIssuer,
} from '@mtls-gateway/test-kit'

export type Env = Readonly<Record<string, string>>

const apps = join(import.meta.dirname, '../../../..')
const entryOf = (app: string) => join(apps, app, 'dist/main.js')

/** What a system is made of. */
export interface SystemParts {
  readonly configApi: ServiceProcess
  readonly forwarderApi: ServiceProcess
  readonly console: ServiceProcess
  /** Takes client certificates of its `clientCa`, which is `Client CA`. */
  readonly target: TestTarget
  /** Takes those of another one, `Partner CA`. The gateway trusts it, too. */
  readonly partner: TestTarget
  readonly issuer: TokenIssuer
  /** For files of the tests; removed with the system. */
  readonly directory: string
}

/** What has started ends with `running`. */
export async function startParts(running: AsyncDisposableStack, env: Env, consoleEnv: Env): Promise<SystemParts> {
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-browser-'))
  running.defer(() => rm(directory, { recursive: true }))
  const issuer = running.adopt(await startTokenIssuer(), (server) => server.close())
  const [serverCa, partnerCa] = [await createCa({ name: 'Server CA' }), await createCa({ name: 'Partner CA' })]
  const target = running.adopt(await startTestTarget({ serverCa }), (server) => server.close())
  const partner = running.adopt(await startTestTarget({ serverCa, clientCa: partnerCa }), (server) => server.close())
  const casFile = join(directory, 'target-cas.pem')
  await writeFile(casFile, serverCa.certificate)
  const gateway = await startGateway({
    configApi: entryOf('config-api'),
    forwarderApi: entryOf('forwarder-api'),
    dataDir: join(directory, 'gateway'),
    env: {
      TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      TARGET_PORTS: 'any',
      TARGET_EXTRA_CA_FILE: casFile,
      // Far above what the tests send: the throttle has tests of its own.
      THROTTLE_PER_SECOND: '100000',
      ...issuer.env,
      ...env,
    },
  })
  running.defer(() => gateway.stop())
  const { configApi, forwarderApi } = gateway
  const console = await startConsole(running, { configApi, directory }, consoleEnv)
  return { configApi, forwarderApi, console, target, partner, issuer, directory }
}

/** All of a system have the same session key. */
export async function startConsole(
  running: AsyncDisposableStack,
  { configApi, directory }: Pick<SystemParts, 'configApi' | 'directory'>,
  env: Env,
): Promise<ServiceProcess> {
  const started = await startService({
    entry: entryOf('console'),
    env: {
      CONSOLE_PORT: '0',
      CONSOLE_MANAGEMENT_PORT: '0',
      CONFIG_API_URL: configApi.url,
      DATA_DIR: join(directory, 'console'),
      THROTTLE_PER_SECOND: '100000',
      ...env,
    },
  })
  running.defer(async () => void (await started.stop()))
  return started
}
