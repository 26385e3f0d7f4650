import multipart from '@fastify/multipart'
import { configApi, ownAnswerHeaders } from '@mtls-gateway/contract'
import { type Environment, heapLimit, memoryLimit, type RunningService, startApp } from '@mtls-gateway/service-kit'
import { appModule } from './app.module.ts'
import { configApiSettings, readConfiguration } from './configuration/configuration.ts'
import { offWithoutListing } from './maintenance/garbage-login.ts'
import { configMemory } from './runtime/config-memory.ts'

/** Starts config-api with the settings of an environment. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configured = readConfiguration(environment)
  const memory = configMemory(memoryLimit(configured.memoryLimitMiB), heapLimit(), configured)
  const configuration = { ...configured, maxConnections: memory.maxConnections }
  return startApp({
    contract: configApi,
    settings: configApiSettings,
    configuration,
    environment,
    off: offWithoutListing(configuration),
    memory: memory.budget,
    module: (parts) => appModule({ ...parts, configuration, memory }),
    answerHeaders: ownAnswerHeaders,
    configure: (app) => void app.register(multipart),
  })
}
