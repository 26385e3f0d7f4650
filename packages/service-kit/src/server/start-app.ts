import { Bulkheads } from '@mtls-gateway/bulkhead'
import type { RateCounter } from '@mtls-gateway/coordination'
import type { DynamicModule } from '@nestjs/common'
import { type Backends, closeBackends, openBackends } from '../backends/backends.ts'
import { leaveBodiesUnread } from '../body/unread-bodies.ts'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { createLog, type Log } from '../logging/log.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import { showMemory } from '../memory/show-memory.ts'
import { showBulkheads } from '../metrics/bulkhead-metrics.ts'
import { ServiceMetrics } from '../metrics/service-metrics.ts'
import { RefusedAddresses } from '../throttling/refused-addresses.ts'
import { type RunningService, type ServiceOptions, serve } from './serve.ts'

/** What an app's module is made of, besides its configuration. */
export interface AppParts {
  /** Closed when the app has ended. Nobody else may close them. */
  readonly backends: Backends
  /** The counter of the service's throttler. */
  readonly rates: RateCounter
  readonly log: Log
  readonly metrics: ServiceMetrics
  /** Every pool of the service is opened here. */
  readonly bulkheads: Bulkheads
}

export interface AppOptions
  extends Pick<ServiceOptions, 'contract' | 'settings' | 'answerHeaders' | 'claim' | 'configure'> {
  readonly configuration: CommonConfiguration
  /** How its memory is divided. */
  readonly memory: MemoryBudget
  readonly module: (parts: AppParts) => DynamicModule
}

/**
 * Starts a service on the backends of its configuration. Its handlers get bodies unread.
 * @throws CodedError that tells the operator what to change
 */
export async function startApp(options: AppOptions): Promise<RunningService> {
  const { configuration, configure, memory, module, ...rest } = options
  const { name } = options.contract
  const log = createLog({ service: name, level: configuration.logLevel })
  const metrics = new ServiceMetrics()
  const bulkheads = new Bulkheads()
  showBulkheads(metrics.registry, bulkheads)
  const backends = await openBackends(configuration, { instance: name, log, metrics })
  // A start that fails prints its sentence alone.
  showMemory(memory, log, metrics.registry)
  try {
    const { throttlePerSecond } = configuration
    const rates = new RefusedAddresses(backends.coordination.rateCounter({ name, perSecond: throttlePerSecond }))
    const service = await serve({
      ...rest,
      configuration,
      log,
      metrics,
      bulkheads,
      module: module({ backends, rates, log, metrics, bulkheads }),
      checks: [
        { name: 'secret-store', check: () => backends.store.check(), isNeededFirst: true },
        { name: 'coordination', check: () => backends.coordination.check() },
      ],
      rateCounter: rates,
      refused: rates,
      // Bodies are limited when they are read, which is after the guards.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      configure: (app) => {
        leaveBodiesUnread(app)
        configure?.(app)
      },
    })
    let stopped: Promise<void> | undefined
    const stop = () => (stopped ??= service.stop().finally(() => closeBackends(backends)))
    return { ...service, stop }
  } catch (error) {
    await closeBackends(backends)
    throw error
  }
}
