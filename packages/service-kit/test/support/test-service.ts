import { Bulkheads } from '@mtls-gateway/bulkhead'
import type { RateCounter } from '@mtls-gateway/coordination'
import { APP_PIPE } from '@nestjs/core'
import {
  commonRules,
  commonSettings,
  createLog,
  type Environment,
  parseConfiguration,
  type RunningService,
  ServiceMetrics,
  type ServiceOptions,
  serve,
  TrustedProxies,
  validationPipe,
} from '../../src/index.ts'
import { testContract } from './test-contract.ts'
import { TestController } from './test-controller.ts'
import { type LogLine, TestLog } from './test-log.ts'

export const settings = commonSettings('TEST', { service: 8_080, management: 9_080 })

export const unlimited: RateCounter = { admit: () => ({ admitted: true, retryAfterMs: 0 }) }

class TestModule {}

export interface TestService extends RunningService {
  readonly lines: readonly LogLine[]
  line(facts: LogLine): Promise<LogLine>
}

/** A service on free ports, in this process. */
export async function startTestService(
  options: Partial<ServiceOptions> = {},
  environment: Environment = {},
): Promise<TestService> {
  const stream = new TestLog()
  const free = { TEST_PORT: '0', TEST_MANAGEMENT_PORT: '0', LOG_LEVEL: 'trace', SHUTDOWN_GRACE: '5s' }
  const configuration = parseConfiguration(settings, { ...free, ...environment }, commonRules(settings))
  const log = createLog({ service: 'test', level: configuration.logLevel, stream })
  const service = await serve({
    settings,
    configuration,
    proxies: new TrustedProxies(configuration),
    log,
    metrics: new ServiceMetrics('test'),
    bulkheads: new Bulkheads(),
    checks: [],
    rateCounter: unlimited,
    bodyLimit: 10_000,
    contract: testContract,
    module: {
      module: TestModule,
      controllers: [TestController],
      providers: [{ provide: APP_PIPE, useValue: validationPipe() }],
    },
    ...options,
  })
  return { ...service, lines: stream.lines, line: (facts) => stream.line(facts) }
}
