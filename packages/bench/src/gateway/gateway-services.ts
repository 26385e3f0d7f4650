import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiClient, freePort } from '@mtls-gateway/test-kit'
import { type Cores, cores } from '../machine/cores.ts'
import { startServer } from '../machine/server-process.ts'
import { startTokenIssuer } from './token-issuer.ts'

export interface GatewayServicesOptions {
  /** The checkout in which they were built; this one by default. */
  readonly checkout?: string
  /** A directory that nothing else uses. */
  readonly directory: string
  /** PEM of the CAs that issue the targets' certificates. */
  readonly targetCa: string
  /** The targets' ports, in the form of the services' setting. */
  readonly targetPorts: string
  /** In addition to what every measurement sets. */
  readonly env?: Readonly<Record<string, string>>
  /** Where config-api runs; on the load's core by default. */
  readonly configApiCores?: Cores
}

export interface RunningService {
  readonly pid: number
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly managementUrl: string
}

export interface StoppableService extends RunningService {
  stop(): Promise<void>
}

export interface GatewayServices {
  readonly configApi: RunningService
  readonly forwarder: RunningService
  /** Valid for every account, with all scopes. */
  readonly token: string
  /** A client of config-api that uses that token. */
  readonly api: ApiClient
  /** One more beside the others; who starts it stops it. @param directory its own */
  startForwarder(directory: string): Promise<StoppableService>
  stop(): Promise<void>
}

/** The checkout that this bench belongs to. */
export const ownCheckout = fileURLToPath(new URL('../../../..', import.meta.url))

/** @throws Error where nothing has been built: better now than after minutes */
export function requireBuilt(checkout: string): void {
  if (existsSync(join(checkout, 'apps/forwarder-api/dist/main.js'))) return
  throw new Error(`There is no built gateway in ${checkout}. Run npm ci && npm run build there.`)
}

/**
 * Both services on the embedded adapters, with everything on. The throttle is raised but stays in place, as the
 * generator has only one address. The log line per request is off, as in every peer.
 */
export async function startGatewayServices(options: GatewayServicesOptions): Promise<GatewayServices> {
  await using opened = new AsyncDisposableStack()
  const issuer = opened.adopt(await startTokenIssuer(), (server) => server.close())
  await writeFile(join(options.directory, 'target-ca.pem'), options.targetCa)
  const common = { ...environment(options), ...issuer.env }
  const start = async (app: string, core: Cores, env: Readonly<Record<string, string>>): Promise<StoppableService> => {
    const [port, managementPort] = [await freePort(), await freePort()]
    const prefix = app.toUpperCase().replace('-', '_')
    const server = await startServer({
      command: process.execPath,
      args: [join(options.checkout ?? ownCheckout, `apps/${app}/dist/main.js`)],
      core,
      port,
      env: {
        ...common,
        ...env,
        ...options.env,
        [`${prefix}_PORT`]: String(port),
        [`${prefix}_MANAGEMENT_PORT`]: String(managementPort),
      },
    })
    return {
      pid: server.pid,
      url: `http://127.0.0.1:${port}`,
      managementUrl: `http://127.0.0.1:${managementPort}`,
      stop: server.stop,
    }
  }
  const adopted = (service: StoppableService) => opened.adopt(service, ({ stop }) => stop())
  const configApi = adopted(await start('config-api', options.configApiCores ?? cores.load, {}))
  // As in the image.
  const startForwarder = (directory: string) =>
    start('forwarder-api', cores.subject, { NODE_OPTIONS: '--max-semi-space-size=16', DATA_DIR: directory })
  const forwarder = adopted(await startForwarder(options.directory))
  const api = opened.adopt(new ApiClient({ baseUrl: configApi.url, bearer: issuer.token }), (client) => client.close())
  const resources = opened.move()
  return { configApi, forwarder, token: issuer.token, api, startForwarder, stop: () => resources.disposeAsync() }
}

const environment = ({ directory, targetPorts }: GatewayServicesOptions): Readonly<Record<string, string>> => ({
  NODE_ENV: 'production',
  DATA_DIR: directory,
  LOG_LEVEL: 'warn',
  THROTTLE_PER_SECOND: '100000',
  TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
  TARGET_PORTS: targetPorts,
  TARGET_EXTRA_CA_FILE: join(directory, 'target-ca.pem'),
})
