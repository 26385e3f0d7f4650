import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestTarget, startVaultServer, type TestTarget } from '@mtls-gateway/test-kit'
import type { Env, ServiceName } from '../../test/support/backends.ts'
import { ProductionBackends } from '../../test/support/production-backends.ts'
import { serviceEnv, targetCasFile } from '../../test/support/service-env.ts'
import { Fleet } from './fleet.ts'
import { type Release, today } from './release.ts'
import { type Fleets, RolledSystem } from './rolled-system.ts'

/** It is the rollout that is tried, not a busy machine on which Vault and Redis answer late. */
const patience = { VAULT_TIMEOUT: '10s', REDIS_TIMEOUT: '5s' }
/** As in infra/kubernetes. */
const pause = '10s'

export interface FleetsOptions {
  readonly release?: Release
  /** For each service. */
  readonly instances: number
  readonly env?: Env
}

export interface RunningFleets {
  readonly target: TestTarget
  readonly fleets: Fleets
  readonly system: RolledSystem
  /** One more fleet over the same Vault and Redis. */
  startFleet(service: ServiceName, release: Release, instances: number): Promise<Fleet>
}

/** A target, a Vault, a Redis, and fleets of both services over them. No prober: nothing is probed. */
export async function startFleets(
  opened: AsyncDisposableStack,
  { release = today, instances, env = {} }: FleetsOptions,
): Promise<RunningFleets> {
  const target = opened.adopt(await startTestTarget(), (server) => server.close())
  const vault = opened.adopt(await startVaultServer(), (server) => server.stop())
  const backends = opened.adopt(await ProductionBackends.open(vault), (all) => all.close())
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-fleets-'))
  opened.defer(() => rm(directory, { recursive: true }))
  await writeFile(targetCasFile(directory), target.ca)
  const startFleet = async (service: ServiceName, of: Release, count: number) => {
    const own = service === 'config-api' ? { PROBER_URL: 'https://127.0.0.1:1' } : {}
    const settings = { ...patience, ...own, ...env, SHUTDOWN_PAUSE: pause }
    const all = { ...serviceEnv(service, directory, backends, { targets: [target] }), ...settings }
    return opened.use(await Fleet.start({ service, env: all, instances: count, release: of }))
  }
  const [configApi, forwarderApi] = await Promise.all([
    startFleet('config-api', release, instances),
    startFleet('forwarder-api', release, instances),
  ])
  await backends.ready()
  const fleets = { configApi, forwarderApi }
  return { target, fleets, system: opened.use(await RolledSystem.open(backends, fleets)), startFleet }
}
