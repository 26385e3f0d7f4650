import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ServiceOptions, type ServiceProcess, startService } from './service-process.ts'

export interface GatewayOptions {
  /** Absolute path of config-api's entry script. */
  readonly configApi: string
  /** Absolute path of forwarder-api's entry script. */
  readonly forwarderApi: string
  /** A fresh one, removed by `stop`, unless given. */
  readonly dataDir?: string
  /** For both services, on top of free ports and the data directory. */
  readonly env?: Readonly<Record<string, string>>
}

export interface GatewayProcesses {
  readonly configApi: ServiceProcess
  readonly forwarderApi: ServiceProcess
  readonly dataDir: string
  /** Stops both by SIGTERM and removes the data directory if it was not the caller's. */
  stop(): Promise<void>
}

/** Starts both services at once on free ports over one data directory. If one does not start, the other is stopped. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcesses> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'mtls-gateway-')))
  const started = await Promise.allSettled(
    [options.configApi, options.forwarderApi].map((entry) => startService(serviceOptions(entry, dataDir, options))),
  )
  const services = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()))
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  const [configApi, forwarderApi] = services
  if (configApi === undefined || forwarderApi === undefined) {
    await stop()
    const reasons = started.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    throw reasons.length === 1 ? reasons[0] : new AggregateError(reasons, reasons.map(String).join('\n'))
  }
  return { configApi, forwarderApi, dataDir, stop }
}

function serviceOptions(entry: string, dataDir: string, { env }: GatewayOptions): ServiceOptions {
  return {
    entry,
    env: {
      CONFIG_API_PORT: '0',
      CONFIG_API_MANAGEMENT_PORT: '0',
      FORWARDER_API_PORT: '0',
      FORWARDER_API_MANAGEMENT_PORT: '0',
      DATA_DIR: dataDir,
      ...env,
    },
  }
}
