import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  type ServiceProcess,
  startService,
  startTestTarget,
  startVaultServer,
  type TestTarget,
  type VaultServer,
} from '@mtls-gateway/test-kit'
import { consoleEntry } from '../../../packages/e2e/test/support/entries.ts'
import { ProductionBackends } from '../../../packages/e2e/test/support/production-backends.ts'
import { System } from '../../../packages/e2e/test/support/system.ts'
import type { Target } from './prometheus.ts'

/** Small enough for what tenants share to run out within seconds, and for a store that is away to be noticed. */
const options = {
  env: { ACCOUNT_TTL: '2s', EXPIRY_CHECK_INTERVAL: '5s', THROTTLE_PER_SECOND: '150' },
  forwarderApiEnv: {
    ACCOUNT_MAX_CALLS: '40',
    ACCOUNT_CALL_QUEUE: '20',
    MAX_CALLS: '50',
    STALE_LIMIT: '40s',
    TARGET_ANSWER_TIMEOUT: '3s',
  },
  moreForwarders: [{}],
}

/** What takes part: two forwarders, config-api, the prober, the console, Vault, Redis, and two targets. */
export interface Stage {
  readonly system: System
  readonly console: ServiceProcess
  readonly vault: VaultServer
  readonly backends: ProductionBackends
  /** Answers, some slowly. */
  readonly healthy: TestTarget
  /** Answers until it is told to be mute. */
  readonly moody: TestTarget
  readonly mood: { isMute: boolean }
}

export async function setStage(): Promise<Stage> {
  const mood = { isMute: false }
  const healthy = await startTestTarget({
    handler: async (request, response) => {
      await setTimeout(request.headers['x-slow'] === undefined ? 5 + 60 * Math.random() ** 4 : 2_000)
      response.statusCode = Math.random() < 0.04 ? 404 : 200
      response.end('answered')
    },
  })
  const moody = await startTestTarget({
    requireClientCertificate: false,
    handler: (_request, response) => void (mood.isMute || response.end('answered')),
  })
  const vault = await startVaultServer()
  const backends = await ProductionBackends.open(vault)
  // Little enough for the nonces of a minute to be seen.
  await backends.redis.command('CONFIG', 'SET', 'maxmemory', '4mb')
  const system = await System.start({ ...options, backends, targets: [healthy, moody] })
  const console = await startService({
    entry: consoleEntry,
    env: {
      ...{ CONSOLE_PORT: '0', CONSOLE_MANAGEMENT_PORT: '0', DATA_DIR: join(system.dataDir, 'console') },
      CONFIG_API_URL: system.configApi.url,
    },
  })
  return { system, console, vault, backends, healthy, moody, mood }
}

export function scraped({ system, console }: Stage): readonly Target[] {
  const [second] = system.moreForwarders
  return [
    { job: 'forwarder-api', instance: 'forwarder-api-1', managementUrl: system.forwarderApi.managementUrl },
    { job: 'forwarder-api', instance: 'forwarder-api-2', managementUrl: second?.managementUrl ?? '' },
    { job: 'config-api', instance: 'config-api-1', managementUrl: system.configApi.managementUrl },
    { job: 'prober', instance: 'prober-1', managementUrl: system.prober.managementUrl },
    { job: 'console', instance: 'console-1', managementUrl: console.managementUrl },
  ]
}

export async function clearStage({ system, console, vault, healthy, moody }: Stage): Promise<void> {
  await console.stop()
  await system.stop()
  await vault.stop()
  await Promise.all([healthy.close(), moody.close()])
}
