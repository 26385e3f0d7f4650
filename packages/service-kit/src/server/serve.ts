import type { ServiceContract } from '@mtls-gateway/contract'
import type { RateCounter } from '@mtls-gateway/coordination'
import type { DynamicModule, Type } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { CommonConfiguration, CommonSettings } from '../configuration/common-settings.ts'
import { setupDocs } from '../docs/docs.ts'
import type { ApplicationParts, HttpServiceOptions, RunningService } from './http-service.ts'
import { createNestApp } from './nest-app.ts'
import { serveHttp } from './serve-http.ts'

export interface ServiceOptions extends Omit<HttpServiceOptions, 'settings' | 'configuration' | 'open'> {
  readonly settings: CommonSettings
  readonly configuration: CommonConfiguration
  readonly module: Type | DynamicModule
  /** What its callers are told about it. */
  readonly contract: ServiceContract
  /** This service's own, made for `configuration.throttlePerSecond`. */
  readonly rateCounter: RateCounter
  /** In bytes. */
  readonly bodyLimit: number
  /** Plugins and pipes, before the application is initialised. Awaiting a plugin would boot Fastify unfiltered. */
  readonly configure?: (app: NestFastifyApplication) => void
}

/**
 * Starts a service of Nest: resolves once its port and its management port both listen.
 * @throws CodedError `PORT_IN_USE`, `CONFIGURATION_INVALID`
 */
export function serve(options: ServiceOptions): Promise<RunningService> {
  return serveHttp({ ...options, open: (parts) => openNest(options, parts) })
}

async function openNest(options: ServiceOptions, parts: ApplicationParts) {
  const { configuration, configure, contract } = options
  const app = await createNestApp({
    ...parts,
    module: options.module,
    contract,
    log: options.log,
    bodyLimit: options.bodyLimit,
    throttling: {
      counter: options.rateCounter,
      perSecond: configuration.throttlePerSecond,
      proxies: options.proxies,
    },
  })
  return {
    server: app.getHttpServer(),
    ready: async () => {
      if (configuration.apiDocs) setupDocs(app, contract)
      configure?.(app)
      await app.init()
      await app.getHttpAdapter().getInstance().ready()
    },
    close: () => app.close(),
  }
}
