import {
  closeBackends,
  createLog,
  type Environment,
  leaveBodiesUnread,
  openBackends,
  type RunningService,
  ServiceMetrics,
  serve,
} from '@mtls-gateway/service-kit'
import { appModule } from './app.module.ts'
import { forwarderSettings, readConfiguration } from './configuration.ts'
import { ForwardEndpoint } from './forward/forward-endpoint.ts'
import { ownAnswerHeaders } from './forward/own-answer.ts'

/** Starts forwarder-api as an environment says. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configuration = readConfiguration(environment)
  const log = createLog({ service: 'forwarder-api', level: configuration.logLevel })
  const metrics = new ServiceMetrics()
  const backends = await openBackends(configuration, { instance: 'forwarder-api', log, metrics })
  const rates = backends.coordination.rateCounter({ name: 'forwarder-api', perSecond: configuration.throttlePerSecond })
  let endpoint: ForwardEndpoint | undefined
  try {
    return await serve({
      settings: forwarderSettings,
      configuration,
      module: appModule({ configuration, backends, rates, log, metrics }),
      docs: {
        title: 'forwarder-api',
        version: '1',
        description: 'Runtime traffic: check mapping, and forward at /mtls/account/{accountId}.',
      },
      log,
      metrics,
      checks: [
        { name: 'secret-store', check: () => backends.store.check() },
        { name: 'coordination', check: () => backends.coordination.check() },
      ],
      rateCounter: rates,
      // Bodies are bounded where they are read, which is after the guards.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      answerHeaders: ownAnswerHeaders,
      claim: (request, response, exchange) => endpoint?.claim(request, response, exchange) ?? false,
      configure: (app) => {
        leaveBodiesUnread(app)
        endpoint = app.get(ForwardEndpoint)
      },
    })
  } catch (error) {
    await closeBackends(backends)
    throw error
  }
}
