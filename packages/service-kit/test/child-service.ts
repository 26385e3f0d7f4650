/** A service process: run by node itself, hence without decorators. */

import { setTimeout as delay } from 'node:timers/promises'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import {
  commonRules,
  commonSettings,
  createLog,
  main,
  parseConfiguration,
  ServiceMetrics,
  serve,
} from '@mtls-gateway/service-kit'

class EmptyModule {}

const settings = commonSettings('CHILD', { service: 8_080, management: 9_080 })

await main(async () => {
  const configuration = parseConfiguration(settings, process.env, commonRules(settings))
  return serve({
    settings,
    configuration,
    log: createLog({ service: 'child', level: configuration.logLevel }),
    metrics: new ServiceMetrics(),
    bulkheads: new Bulkheads(),
    module: { module: EmptyModule },
    docs: { title: 'Child', version: '1', description: 'For tests' },
    checks: [],
    rateCounter: { admit: () => ({ admitted: true, retryAfterMs: 0 }) },
    bodyLimit: 1_000,
    claim: ({ url }, response) => {
      if (url === '/crash') throw new Error('password=c4n4ry')
      if (url !== '/slow') return false
      response.write('begun ')
      process.once('SIGTERM', () => void delay(300).then(() => response.end('done')))
      return true
    },
  })
})
