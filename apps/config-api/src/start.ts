import multipart from '@fastify/multipart'
import { configApi } from '@mtls-gateway/contract'
import { type Environment, type RunningService, startApp } from '@mtls-gateway/service-kit'
import { appModule } from './app.module.ts'
import { configApiSettings, readConfiguration } from './configuration/configuration.ts'
import { offWithoutListing } from './maintenance/garbage-login.ts'

/** Starts config-api with the settings of an environment. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configuration = readConfiguration(environment)
  return startApp({
    contract: configApi,
    settings: configApiSettings,
    configuration,
    environment,
    off: offWithoutListing(configuration),
    module: (parts) => appModule({ ...parts, configuration }),
    configure: (app) => void app.register(multipart),
  })
}
