import { forwarderApi } from '@mtls-gateway/contract'
import { type Environment, type RunningService, startApp } from '@mtls-gateway/service-kit'
import { appModule } from './app.module.ts'
import { forwarderSettings, readConfiguration } from './configuration/configuration.ts'
import { ownAnswerHeaders } from './forward/answer/own-answer.ts'
import { ForwardEndpoint } from './forward/forward-endpoint.ts'

/** Starts forwarder-api with an environment's settings. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configuration = readConfiguration(environment)
  let endpoint: ForwardEndpoint | undefined
  return startApp({
    contract: forwarderApi,
    settings: forwarderSettings,
    configuration,
    environment,
    module: (parts) => appModule({ ...parts, configuration }),
    answerHeaders: ownAnswerHeaders,
    claim: (request, response, context) => endpoint?.claim(request, response, context) ?? false,
    configure: (app) => {
      endpoint = app.get(ForwardEndpoint)
    },
  })
}
