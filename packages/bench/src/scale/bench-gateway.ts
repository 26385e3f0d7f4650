import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiClient, type ServiceProcess, startService, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { startTokenIssuer } from '../gateway/token-issuer.ts'
import { openBenchVault } from './bench-vault.ts'
import type { CountingProxy } from './counting-proxy.ts'

export interface BenchGateway {
  readonly configApi: ApiClient
  /** Without credentials: each call is signed by its account's key. */
  readonly forwarderApi: ApiClient
  readonly forwarder: ServiceProcess
  readonly target: TestTarget
  /** Counts the secrets that the forwarder reads; undefined where the store can't be watched. */
  readonly countDuring: CountingProxy['countDuring'] | undefined
}

export type StoreKind = 'embedded' | 'vault'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))

/** Both services, a target and, unless the store is embedded, a Vault. Everything has ended once `use` has. */
export async function withGateway<T>(
  store: StoreKind,
  environment: NodeJS.ProcessEnv,
  use: (gateway: BenchGateway) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const closing = <R>(resource: R, close: (resource: R) => Promise<unknown>): R =>
    opened.adopt(resource, async (value) => void (await close(value)))
  const directory = closing(await mkdtemp(join(tmpdir(), 'scale-')), (path) => rm(path, { recursive: true }))
  const target = closing(await startTestTarget(), (server) => server.close())
  await writeFile(join(directory, 'target-ca.pem'), target.ca)
  const issuer = closing(await startTokenIssuer(), (server) => server.close())
  const vault = store === 'vault' ? closing(await openBenchVault(environment), (server) => server.close()) : undefined
  const env = {
    ...issuer.env,
    DATA_DIR: directory,
    CONFIG_API_PORT: '0',
    CONFIG_API_MANAGEMENT_PORT: '0',
    FORWARDER_API_PORT: '0',
    FORWARDER_API_MANAGEMENT_PORT: '0',
    TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    TARGET_PORTS: 'any',
    TARGET_EXTRA_CA_FILE: join(directory, 'target-ca.pem'),
  }
  const start = async (app: string, more = {}) =>
    closing(
      await startService({ entry: join(repository, `apps/${app}/dist/main.js`), env: { ...env, ...more } }),
      (service) => service.stop(),
    )
  const config = await start('config-api', vault?.env)
  const forwarder = await start('forwarder-api', vault?.countedEnv)
  const client = (options: ConstructorParameters<typeof ApiClient>[0]) =>
    closing(new ApiClient(options), (api) => api.close())
  // Awaited here: what is opened is closed when this function returns.
  return await use({
    configApi: client({ baseUrl: config.url, bearer: issuer.token }),
    forwarderApi: client({ baseUrl: forwarder.url }),
    forwarder,
    target,
    countDuring: vault?.countDuring,
  })
}
