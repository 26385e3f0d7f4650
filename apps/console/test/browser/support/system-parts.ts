import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createCa,
  freePort,
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
  /** Settings of the gateway's services. */
  readonly env: Env
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
  const issuersFile = join(directory, 'issuers.json')
  await writeFile(issuersFile, JSON.stringify({ profiles: issuerProfiles(casFile) }))
  const gatewayEnv = {
    ISSUERS_FILE: issuersFile,
    TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    TARGET_PORTS: 'any',
    TARGET_EXTRA_CA_FILE: casFile,
    // Far above what the tests send: the throttle has tests of its own.
    THROTTLE_PER_SECOND: '100000',
    DATA_DIR: join(directory, 'gateway'),
    CONFIG_API_PORT: String(await freePort()),
    ...issuer.env,
    ...env,
  }
  const gateway = await startGateway({
    configApi: entryOf('config-api'),
    forwarderApi: entryOf('forwarder-api'),
    dataDir: gatewayEnv.DATA_DIR,
    env: gatewayEnv,
  })
  running.defer(() => gateway.stop())
  const { configApi, forwarderApi } = gateway
  const reached = { FORWARDER_API_URL: forwarderApi.url, ...consoleEnv }
  const console = await startConsole(running, { configApi, directory }, reached)
  return { configApi, forwarderApi, console, target, partner, issuer, env: gatewayEnv, directory }
}

/** From whom accounts may order: a CA of their own, at once and for a short time, and people who answer later. */
function issuerProfiles(caFile: string): readonly object[] {
  const common = { accounts: 'all', keyTypes: ['EC-P256', 'RSA-2048'] }
  return [
    { ...common, name: 'local', kind: 'local', description: 'A CA of your own.', lifetime: '90d' },
    { ...common, name: 'minutes', kind: 'local', description: 'For two minutes.', lifetime: '120s' },
    { ...common, name: 'office', kind: 'own-ca', description: 'Signed by the security office.', caFile },
  ]
}

/** Where it was before. */
export function startConfigApi(running: AsyncDisposableStack, env: Env): Promise<ServiceProcess> {
  return startOne(running, 'config-api', { ...env, CONFIG_API_MANAGEMENT_PORT: '0' })
}

export function startForwarder(running: AsyncDisposableStack, env: Env): Promise<ServiceProcess> {
  const own = { FORWARDER_API_PORT: '0', FORWARDER_API_MANAGEMENT_PORT: '0' }
  return startOne(running, 'forwarder-api', { ...env, ...own })
}

/** Each has a data directory of its own, and the session key in there, unless it is given one. */
export async function startConsole(
  running: AsyncDisposableStack,
  { configApi, directory }: Pick<SystemParts, 'configApi' | 'directory'>,
  env: Env,
): Promise<ServiceProcess> {
  return startOne(running, 'console', {
    CONSOLE_PORT: '0',
    CONSOLE_MANAGEMENT_PORT: '0',
    CONFIG_API_URL: configApi.url,
    DATA_DIR: join(directory, `console-${randomUUID()}`),
    THROTTLE_PER_SECOND: '100000',
    ...env,
  })
}

async function startOne(running: AsyncDisposableStack, app: string, env: Env): Promise<ServiceProcess> {
  const started = await startService({ entry: entryOf(app), env })
  running.defer(async () => void (await started.stop()))
  return started
}
