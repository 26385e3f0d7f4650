import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { documentedMetrics } from '../support/documented-metrics.ts'
import { eventually } from '../support/eventually.ts'
import { type ExposedMetric, exposedMetrics } from '../support/exposed-metrics.ts'
import { objectionsOfPromtool } from '../support/promtool.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const isProduction = process.env.E2E_BACKENDS === 'production'
const services = ['config-api', 'forwarder-api', ...(isProduction ? ['prober'] : [])]

let target: TestTarget
let system: System
let tenant: Tenant

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
  tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'measured' }), `${target.url}/`)
  const caller = await tenant.newCaller()
  const call = (url: string) => caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) })
  await call(`${target.url}/`)
  // The target demands a certificate.
  await call(`${target.url}/unmapped`)
  await call('https://localhost:1/')
  await call('no url')
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

function managementUrl(service: string): string {
  if (service === 'prober') return system.prober.managementUrl
  return (service === 'config-api' ? system.configApi : system.forwarderApi).managementUrl
}

async function scrape(service: string): Promise<string> {
  return (await fetch(`${managementUrl(service)}/metrics`)).text()
}

/** Without those of what the backends lack. */
function documentedOf(service: string) {
  const isOfRedis = (name: string) => /^(redis|coordination)_/.test(name)
  return documentedMetrics.filter(
    ({ name, services }) => services.includes(service) && (isProduction || !isOfRedis(name)),
  )
}

const byName = (metrics: readonly ExposedMetric[]) => metrics.map(({ name, type }) => `${name} ${type}`).sort()

describe.each(services)('%s', (service) => {
  it('serves the metrics of docs/metrics.md, and no other', async () => {
    const documented = documentedOf(service).map(({ name, type }) => `${name} ${type}`)
    // Those of Redis' memory come with its first answer. If that is late, it is asked again after 30 s.
    const served = await eventually(
      async () => exposedMetrics(await scrape(service)),
      (metrics) => metrics.length === documented.length,
      60_000,
    )
    expect(byName(served)).toEqual(documented.sort())
  })

  it('gives them the labels that are documented', async () => {
    const labelsOf = new Map(documentedOf(service).map(({ name, labels }) => [name, labels]))
    for (const { name, labels } of exposedMetrics(await scrape(service))) {
      for (const each of labels) expect([name, each]).toEqual([name, labelsOf.get(name)])
    }
  })

  withTools(it, 'promtool')('gives them names that Prometheus recommends', async () => {
    // Those of prom-client itself are what they are.
    const objections = objectionsOfPromtool(await scrape(service)).filter((line) => !/^nodejs_active_/.test(line))
    expect(objections).toEqual([])
  })
})

describe('the metrics of calls', () => {
  const line = (text: string, series: string) =>
    text
      .split('\n')
      .find((each) => each.startsWith(`${series} `))
      ?.slice(series.length + 1)

  it('tell answers of the target from those of the gateway, and why there was none', async () => {
    const text = await scrape('forwarder-api')
    expect(line(text, 'forward_calls_total{outcome="answered"}')).toBe('1')
    expect(line(text, 'forward_calls_total{outcome="unreachable"}')).toBe('2')
    expect(line(text, 'forward_calls_total{outcome="refused"}')).toBe('1')
    expect(line(text, 'target_answers_total{class="2xx"}')).toBe('1')
    expect(line(text, 'target_first_byte_seconds_count')).toBe('1')
    const required = 'forward_transport_failures_total{code="TARGET_REQUIRES_CLIENT_CERTIFICATE",phase="exchange"}'
    expect(line(text, required)).toBe('1')
    const route = 'route="/mtls/account/:accountId"'
    expect(line(text, `http_problems_total{${route},code="TARGET_UNREACHABLE"}`)).toBe('2')
  })

  it('tell how connections came about', async () => {
    const text = await scrape('forwarder-api')
    expect(line(text, 'target_connections_total{outcome="opened"}')).toBe('2')
    expect(line(text, 'target_connections_total{outcome="failed"}')).toBe('1')
    expect(line(text, 'target_connection_seconds_count{phase="handshake"}')).toBe('2')
  })

  it('tell what was read from where', async () => {
    const text = await scrape('forwarder-api')
    expect(Number(line(text, 'cache_lookups_total{cache="accounts",result="hit"}'))).toBeGreaterThan(0)
    expect(Number(line(text, 'cache_lookups_total{cache="identities",result="miss"}'))).toBe(1)
    expect(Number(line(text, 'store_request_duration_seconds_count{operation="get"}'))).toBeGreaterThan(0)
    expect(Number(line(text, 'caller_clock_skew_seconds_count'))).toBe(4)
  })

  it("tell how far the backends' clocks are ahead", async () => {
    for (const server of isProduction ? ['redis', 'vault'] : []) {
      const seconds = await eventually(
        async () => line(await scrape('forwarder-api'), `clock_skew_seconds{against="${server}"}`),
        (skew) => skew !== undefined,
        60_000,
      )
      // All are on this machine.
      expect([server, Math.abs(Number(seconds)) < 30]).toEqual([server, true])
    }
  })

  it('name no tenant and no target', async () => {
    const text = await scrape('forwarder-api')
    expect(text).not.toContain(tenant.id)
    expect(text).not.toContain(target.url)
  })
})
