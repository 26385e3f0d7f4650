import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, type ServiceProcess, startService } from '@mtls-gateway/test-kit'
import { BenchAccount } from '../gateway/bench-account.ts'
import { ownCheckout } from '../gateway/gateway-services.ts'
import { startTokenIssuer } from '../gateway/token-issuer.ts'
import { inParallel } from '../scale/pace.ts'
import { type BenchTarget, startBenchTarget } from '../target/bench-target.ts'
import type { LoadAccount } from './identity-load.ts'

export const identitiesAnAccount = 500

export interface FilledGateway {
  readonly target: BenchTarget
  readonly accounts: readonly LoadAccount[]
  /** @param launcher what it is started by. Its settings are the defaults, but for where its target is. */
  startForwarder(checkout: string, launcher: readonly string[]): Promise<ServiceProcess>
}

const accountsAtOnce = 2
const keys = 20

/** A target, and a store whose accounts have so many identities. Everything has ended once `use` has. */
export async function withFilledGateway<T>(
  identities: number,
  signal: AbortSignal,
  onProgress: (filled: number) => void,
  use: (gateway: FilledGateway) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack()
  const remove = (path: string) => rm(path, { recursive: true, force: true })
  const directory = opened.adopt(await mkdtemp(join(tmpdir(), 'memory-')), remove)
  const targetDirectory = join(directory, 'target')
  await mkdir(targetDirectory)
  const started = await startBenchTarget({ directory: targetDirectory, manyConnections: true })
  const target = opened.adopt(started, (server) => server.stop())
  const issuer = opened.adopt(await startTokenIssuer(), (server) => server.close())
  const env = {
    ...issuer.env,
    DATA_DIR: join(directory, 'data'),
    TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    TARGET_PORTS: String(target.port),
    TARGET_EXTRA_CA_FILE: target.caFile,
    CONFIG_API_PORT: '0',
    CONFIG_API_MANAGEMENT_PORT: '0',
    FORWARDER_API_PORT: '0',
    FORWARDER_API_MANAGEMENT_PORT: '0',
  }
  const entry = (checkout: string, app: string) => join(checkout, `apps/${app}/dist/main.js`)
  const accounts = await fill()
  return await use({
    target,
    accounts,
    startForwarder: async (checkout, launcher) => {
      // As in the image.
      const asInImage = { ...env, NODE_OPTIONS: imageNodeOptions }
      const options = { entry: entry(checkout, 'forwarder-api'), env: asInImage, launcher }
      return opened.adopt(await startService(options), async (service) => void (await service.stop()))
    },
  })

  async function fill(): Promise<readonly LoadAccount[]> {
    await using filling = new AsyncDisposableStack()
    const filler = { ...env, THROTTLE_PER_SECOND: '100000' }
    const config = filling.adopt(
      await startService({ entry: entry(ownCheckout, 'config-api'), env: filler }),
      async (service) => void (await service.stop()),
    )
    const configApi = filling.adopt(new ApiClient({ baseUrl: config.url, bearer: issuer.token }), (api) => api.close())
    const issued = await Promise.all(
      Array.from({ length: keys }, (_, n) => target.clientCa.issue({ commonName: `client-${n}` })),
    )
    const filled: LoadAccount[] = []
    let certificates = 0
    const firsts = Array.from({ length: identities / identitiesAnAccount }, (_, n) => n * identitiesAnAccount)
    await inParallel(firsts, accountsAtOnce, async (first) => {
      signal.throwIfAborted()
      const account = new BenchAccount({
        id: `sizing-${first / identitiesAnAccount}`,
        configApi,
        onSaved: (what, count) => {
          if (what !== 'certificates') return
          certificates += count
          onProgress(certificates)
        },
      })
      const own = Array.from({ length: Math.min(identitiesAnAccount, identities - first) }, (_, n) => first + n)
      const ids = await account.addCertificates(
        own.map((identity) => {
          const { certificate = '', privateKey = '' } = issued[identity % keys] ?? {}
          return { name: `c${identity}`, certificate, privateKey }
        }),
      )
      const paths = own.flatMap((identity) =>
        (identity === 0 ? ['small', 'both-1m'] : ['small']).map((path) => ({ identity, path })),
      )
      await account.addMappings(
        paths.map(({ identity, path }) => ({
          name: `${identity}-${path}`,
          url: `${target.url}/${identity}/${path}`,
          certificationId: ids[identity - first] ?? 0,
        })),
      )
      filled[first / identitiesAnAccount] = { id: account.id, ...(await account.addAppKey()) }
    })
    return filled
  }
}

/** infra/docker/Dockerfile has the same. */
export const imageNodeOptions = '--max-semi-space-size=16'
