import { setTimeout as delay } from 'node:timers/promises'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { inheritedCa } from '@mtls-gateway/outbound'
import {
  createLog,
  type Environment,
  listen,
  ManagementServer,
  measuredBulkheads,
  memoryLimit,
  newInstanceName,
  openEgressProxies,
  type RunningService,
  ServiceMetrics,
  showMemoryLimit,
  targetConnections,
} from '@mtls-gateway/service-kit'
import { LocalProber } from '../prober/local-prober.ts'
import { openProbePlaces } from '../prober/probe-limits.ts'
import { proberSettings, readConfiguration } from './configuration.ts'
import { ProberServer } from './prober-server.ts'
import { proberVaultConfig } from './prober-vault.ts'

/** Starts the prober with the settings of an environment. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configuration = readConfiguration(environment)
  const { secretFile, shutdownPauseMs, shutdownGraceMs, blockedLimitMs } = configuration
  const metrics = new ServiceMetrics('prober')
  showMemoryLimit(memoryLimit(configuration.memoryLimitMiB), metrics.registry)
  const instance = newInstanceName(configuration.instanceName)
  const log = createLog({ service: 'prober', instance, level: configuration.logLevel, metrics })
  const bulkheads = measuredBulkheads(metrics.registry)
  const { guard, extraCa } = targetConnections(configuration)
  const egress = openEgressProxies(configuration, log, metrics)
  const prober = new LocalProber({
    keys: proberVaultConfig(configuration),
    guard,
    extraCa: [...inheritedCa(), ...extraCa],
    egress: egress?.of,
    places: openProbePlaces(bulkheads),
    ranks: new Ranks(),
  })
  const probes = new ProberServer({ prober, secretFile, log, metrics })
  const management = new ManagementServer(metrics)
  const close = async () => {
    await probes.drain(shutdownGraceMs)
    egress?.close()
    await Promise.all([prober.close(), management.close()])
  }
  try {
    const managementUrl = await management.listen(configuration, proberSettings)
    const url = await listen(probes.server, configuration, proberSettings)
    log.info({ event: 'listening', url, managementUrl })
    const stop = async () => {
      await delay(shutdownPauseMs)
      await close()
      log.info({ event: 'stopped' })
    }
    let stopped: Promise<void> | undefined
    return { url, managementUrl, log, blockedLimitMs, stop: () => (stopped ??= stop()) }
  } catch (error) {
    await close()
    throw error
  }
}
