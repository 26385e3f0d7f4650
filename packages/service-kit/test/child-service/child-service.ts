/** A service process, whose bundle tests start: without decorators, which the bundler would take as they are. */
import { pbkdf2Sync } from 'node:crypto'
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
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { testContract } from '../support/test-contract.ts'

class EmptyModule {}

/** Ways to block the event loop; `?ms=` says for how long, where that is possible. */
const blocks: Readonly<Record<string, (ms: number) => void>> = {
  '/spin': function spin(ms) {
    for (const end = performance.now() + ms; performance.now() < end; );
  },
  // Takes no processor time.
  '/sleep': function sleep(ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },
  '/regex': function backtrack() {
    ;/^(a+)+$/.test(`${'a'.repeat(60)}c4n4ry`)
  },
  '/microtasks': async function turnForEver() {
    for (;;) {
      for (const end = performance.now() + 100; performance.now() < end; );
      await undefined
    }
  },
  // No debugger can stop this.
  '/native': function derive() {
    pbkdf2Sync('c4n4ry', 'salt', 1_000_000_000, 32, 'sha512')
  },
}

const settings = commonSettings('CHILD', { service: 8_080, management: 9_080 })

await main(async () => {
  const configuration = parseConfiguration(settings, process.env, commonRules(settings))
  const log = createLog({ service: 'child', level: configuration.logLevel })
  return serve({
    settings,
    configuration,
    proxies: new TrustedProxies(configuration),
    log,
    metrics: new ServiceMetrics('test'),
    bulkheads: new Bulkheads(),
    module: { module: EmptyModule },
    contract: testContract,
    checks: [],
    rateCounter: { admit: () => ({ admitted: true, retryAfterMs: 0 }) },
    bodyLimit: 1_000,
    claim: ({ url }, response) => {
      const { pathname, searchParams } = new URL(url ?? '', 'http://child')
      const block = blocks[pathname]
      if (block) {
        log.info({ event: 'blocking' })
        block(Number(searchParams.get('ms') ?? Number.POSITIVE_INFINITY))
        response.end('turned')
        return true
      }
      if (url === '/crash') throw new Error('password=c4n4ry')
      if (pathname.startsWith('/found/')) {
        response.end('found')
        return true
      }
      if (url !== '/slow') return false
      response.write('begun ')
      process.once('SIGTERM', () => void delay(300).then(() => response.end('done')))
      return true
    },
  })
})
