import type { Bulkheads } from '@mtls-gateway/bulkhead'
import type { RateCounter } from '@mtls-gateway/coordination'
import type { DynamicModule } from '@nestjs/common'
import { CallerCertificates } from '../auth/caller-certificates.ts'
import { type Backends, closeBackends, openBackends } from '../backends/backends.ts'
import { leaveBodiesUnread } from '../body/request-body.interceptor.ts'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Environment } from '../configuration/parse-configuration.ts'
import { createLog, type Log } from '../logging/log.ts'
import { measuredBulkheads } from '../metrics/bulkhead-metrics.ts'
import { ServiceMetrics } from '../metrics/service-metrics.ts'
import { newInstanceName } from '../process/instance-name.ts'
import { type MemoryBudget, showMemory } from '../process/memory-budget.ts'
import { TrustedProxies } from '../throttling/client-address.ts'
import { RefusedAddresses } from '../throttling/rate-limit.ts'
import { openTracing } from '../tracing/open-tracing.ts'
import { type ServiceOptions, serve } from './serve.ts'
import type { RunningService } from './serve-http.ts'

/** What an app's module is made of, besides its configuration. */
export interface AppParts {
  /** Closed when the app has ended. Nobody else may close them. */
  readonly backends: Backends
  /** The counter of the service's throttler. */
  readonly rates: RateCounter
  readonly log: Log
  /** What others call this process. */
  readonly instance: string
  readonly metrics: ServiceMetrics
  readonly proxies: TrustedProxies
  readonly certificates: CallerCertificates
  /** Every pool of the service is opened here. */
  readonly bulkheads: Bulkheads
}

export interface AppOptions
  extends Pick<
    ServiceOptions,
    'contract' | 'settings' | 'off' | 'answerHeaders' | 'claim' | 'loggedUrl' | 'configure'
  > {
  readonly configuration: CommonConfiguration
  /** For the variables of OpenTelemetry. */
  readonly environment: Environment
  /** How its memory is divided. */
  readonly memory: MemoryBudget
  readonly module: (parts: AppParts) => DynamicModule
}

/**
 * Starts a service on the backends of its configuration. Its handlers get bodies unread.
 * @throws CodedError that tells the operator what to change
 */
export async function startApp(options: AppOptions): Promise<RunningService> {
  const { configuration, environment, configure, memory, module, ...rest } = options
  const { name } = options.contract
  const metrics = new ServiceMetrics(name)
  const instance = newInstanceName(configuration.instanceName)
  const log = createLog({ service: name, instance, level: configuration.logLevel, metrics })
  const bulkheads = measuredBulkheads(metrics.registry)
  const proxies = new TrustedProxies(configuration)
  const certificates = new CallerCertificates(configuration, proxies, { log, metrics })
  const tracing = await openTracing(environment, { service: name, instance, log })
  const backends = await openBackends(configuration, { instance: name, log, metrics })
  // A start that fails prints its sentence alone.
  showMemory(memory, log, metrics.registry)
  try {
    const { throttlePerSecond } = configuration
    const counter = backends.coordination.rateCounter({ name, perSecond: throttlePerSecond })
    const rates = new RefusedAddresses(counter, metrics.registry)
    const service = await serve({
      ...rest,
      configuration,
      log,
      metrics,
      bulkheads,
      proxies,
      certificates,
      module: module({ backends, rates, log, instance, metrics, bulkheads, proxies, certificates }),
      checks: [
        { name: 'secret-store', check: () => backends.store.check(), isNeededFirst: true },
        { name: 'coordination', check: () => backends.coordination.check() },
      ],
      rateCounter: rates,
      refused: rates,
      tracing,
      // Bodies are limited when they are read, which is after the guards.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      configure: (app) => {
        leaveBodiesUnread(app)
        configure?.(app)
      },
    })
    let stopped: Promise<void> | undefined
    const stop = () =>
      (stopped ??= service.stop().finally(() => {
        certificates.close()
        return Promise.all([closeBackends(backends), tracing?.close()])
      }))
    return { ...service, stop }
  } catch (error) {
    certificates.close()
    await closeBackends(backends)
    throw error
  }
}
