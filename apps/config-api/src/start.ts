import multipart from '@fastify/multipart'
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
import { configApiSettings, readConfiguration } from './configuration.ts'

/** Starts config-api as an environment says. @throws CodedError that tells the operator what to change */
export async function start(environment: Environment): Promise<RunningService> {
  const configuration = readConfiguration(environment)
  const log = createLog({ service: 'config-api', level: configuration.logLevel })
  const metrics = new ServiceMetrics()
  const backends = await openBackends(configuration, { instance: 'config-api', log, metrics })
  try {
    return await serve({
      settings: configApiSettings,
      configuration,
      module: appModule({ configuration, backends, log }),
      docs: {
        title: 'config-api',
        version: '1',
        description: 'Self-service onboarding of client certificates and mappings.',
      },
      log,
      metrics,
      checks: [
        { name: 'secret-store', check: () => backends.store.check() },
        { name: 'coordination', check: () => backends.coordination.check() },
      ],
      rateCounter: backends.coordination.rateCounter({
        name: 'config-api',
        perSecond: configuration.throttlePerSecond,
      }),
      // Bodies are bounded where they are read, which is after the guards.
      bodyLimit: Number.MAX_SAFE_INTEGER,
      configure: (app) => {
        leaveBodiesUnread(app)
        void app.register(multipart)
      },
    })
  } catch (error) {
    await closeBackends(backends)
    throw error
  }
}
