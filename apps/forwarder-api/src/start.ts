import { forwarderApi, ownAnswerHeaders } from '@mtls-gateway/contract'
import { type Environment, heapLimit, memoryLimit, type RunningService, startApp } from '@mtls-gateway/service-kit'
import { appModule } from './app.module.ts'
import { forwarderSettings, readConfiguration } from './configuration/configuration.ts'
import { ForwardEndpoint } from './forward/forward-endpoint.ts'
import { loggedUrl } from './forward/logged-url.ts'
import { forwarderMemory } from './runtime/forwarder-memory.ts'

/** Starts forwarder-api with an environment's settings. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configured = readConfiguration(environment)
  const memory = forwarderMemory(memoryLimit(configured.memoryLimitMiB), heapLimit(), configured)
  const configuration = { ...configured, maxConnections: memory.maxConnections }
  let endpoint: ForwardEndpoint | undefined
  return startApp({
    contract: forwarderApi,
    settings: forwarderSettings,
    configuration,
    environment,
    memory: memory.budget,
    module: (parts) => appModule({ ...parts, configuration, memory }),
    answerHeaders: ownAnswerHeaders,
    claim: (request, response, context) => endpoint?.claim(request, response, context) ?? false,
    loggedUrl,
    configure: (app) => {
      endpoint = app.get(ForwardEndpoint)
    },
  })
}
