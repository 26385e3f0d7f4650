import { join } from 'node:path'
import {
  createLog,
  type Environment,
  heapLimit,
  measuredBulkheads,
  memoryLimit,
  newInstanceName,
  openCoordination,
  openTracing,
  RefusedAddresses,
  type RunningService,
  readProxySecrets,
  ServiceMetrics,
  serveHttp,
  showMemory,
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { readConfiguration } from './configuration/configuration.ts'
import { consoleSettings } from './configuration/settings.ts'
import { consoleApplication } from './console-application.ts'
import { consoleMemory } from './console-memory.ts'
import { GatewayService } from './gateway/gateway-service.ts'
import { readSealingKeys } from './session/session-keys.ts'
import { siteHeaders } from './web-files/page-policy.ts'
import { readWebFiles } from './web-files/web-files.ts'

const name = 'console'

/**
 * Starts the console with the settings of an environment.
 * @param web the folder of the built app
 * @throws CodedError that tells the operator what to change
 */
export async function start(environment: Environment, web = join(import.meta.dirname, 'web')): Promise<RunningService> {
  const configured = readConfiguration(environment)
  const memory = consoleMemory(memoryLimit(configured.memoryLimitMiB), heapLimit(), configured)
  const configuration = { ...configured, maxConnections: memory.maxConnections }
  const keys = readSealingKeys(configuration)
  const files = readWebFiles(web)
  const proxies = new TrustedProxies(configuration)
  const metrics = new ServiceMetrics(name)
  const instance = newInstanceName(configuration.instanceName)
  const log = createLog({ service: name, instance, level: configuration.logLevel, metrics })
  const tracing = await openTracing(environment, { service: name, instance, log })
  const coordination = await openCoordination(
    { ...configuration, runtimeDir: undefined, nonceOnOutage: 'refuse' },
    { instance: name, log, metrics },
  )
  const { configApiUrl, configApiCaFile, trustedProxySecretFile } = configuration
  const { forwarderApiUrl, forwarderApiCaFile } = configuration
  const [proxySecret] = trustedProxySecretFile === undefined ? [] : readProxySecrets(trustedProxySecretFile)
  const configApi = new GatewayService({ url: configApiUrl, caFile: configApiCaFile, proxySecret })
  const forwarderApi =
    forwarderApiUrl === undefined
      ? undefined
      : new GatewayService({ name: 'forwarder-api', url: forwarderApiUrl, caFile: forwarderApiCaFile, proxySecret })
  const close = async () => {
    configApi.close()
    forwarderApi?.close()
    await Promise.all([coordination.close(), tracing?.close()])
  }
  showMemory(memory.budget, log, metrics.registry)
  try {
    const { throttlePerSecond } = configuration
    const counter = coordination.rateCounter({ name, perSecond: throttlePerSecond })
    const rates = new RefusedAddresses(counter, metrics.registry)
    const bulkheads = measuredBulkheads(metrics.registry)
    let url: string | undefined
    const publicUrl = () => configuration.publicUrl?.replace(/\/$/, '') ?? url ?? ''
    const service = await serveHttp({
      settings: consoleSettings,
      configuration,
      proxies,
      log,
      metrics,
      bulkheads,
      checks: [
        { name: 'config-api', check: () => configApi.check() },
        { name: 'coordination', check: () => coordination.check() },
      ],
      off: configuration.oidcIssuer === undefined ? ['oidc'] : [],
      refused: rates,
      answerHeaders: siteHeaders,
      tracing,
      open: async (parts) =>
        consoleApplication({
          ...parts,
          bulkheads,
          configuration,
          configApi,
          forwarderApi,
          coordination,
          files,
          keys,
          log,
          metrics,
          proxies,
          rates,
          publicUrl,
        }),
    })
    url = service.url
    let stopped: Promise<void> | undefined
    return { ...service, stop: () => (stopped ??= service.stop().finally(close)) }
  } catch (error) {
    await close()
    throw error
  }
}
