import { spawnSync } from 'node:child_process'
import { startEdge } from '../../test/support/edge.ts'
import { countOf, FleetLoad, sumOf, type Way } from '../rollout/fleet-load.ts'
import { failedOf } from '../rollout/paced-calls.ts'
import type { Fleets } from '../rollout/rolled-system.ts'
import { startFleets } from '../rollout/start-fleets.ts'
import { atMost, type Scenario } from '../scenario.ts'

const load = { forwardsPerSecond: 140, callsPerSecond: 20 }
const instances = 2
const replay = '401 OAUTH_NONCE_REPLAYED'

/** What was seen before, of five rounds. */
interface Before {
  readonly forwards: number
  readonly calls: number
}

/**
 * Both services are replaced, instance by instance and both at once, under signed calls of callers that keep their
 * connections.
 * @param proxies their addresses, as in TRUSTED_PROXIES
 */
function rollingUpdates(
  proxies: string,
  findWay: (opened: AsyncDisposableStack, fleets: Fleets) => Promise<Way>,
  before: Before,
): Scenario {
  return async ({ opened, steps, amount: rounds }) => {
    steps.expect(1 + rounds)
    steps.next('starting Vault, Redis and two instances of both services')
    const env = { TRUSTED_PROXIES: proxies }
    const { system, target, fleets } = await startFleets(opened, { instances, env })
    const way = await findWay(opened, fleets)
    const running = await FleetLoad.start(opened, system, target, way, load)
    const began = performance.now()
    for (let round = 1; round <= rounds; round++) {
      steps.next(`round ${round} of ${rounds}`)
      await Promise.all([fleets.configApi.replaceAll(), fleets.forwarderApi.replaceAll()])
    }
    const { forwards, calls } = await running.stop()
    const seconds = (performance.now() - began) / 1_000
    const perSecond = (ends: typeof calls) => (countOf(ends) / seconds).toFixed(0)
    const replays = (forwards[replay] ?? 0) + (calls[replay] ?? 0)
    return {
      figures: [
        atMost(0, `failed of ${countOf(forwards)} forwarded calls`, {
          before: before.forwards,
          now: failedOf(forwards),
        }),
        atMost(0, `failed of ${countOf(calls)} calls of config-api`, { before: before.calls, now: failedOf(calls) }),
        atMost(0, 'calls refused as replays', { before: 0, now: replays }),
      ],
      notes: [
        `${rounds} updates of ${instances} instances of each service, at ${perSecond(forwards)} + ${perSecond(calls)} calls/s`,
        `forwarded calls: ${JSON.stringify(forwards)}; calls of config-api: ${JSON.stringify(calls)}`,
      ],
      calls: sumOf(forwards, calls),
      log: `${way.log?.() ?? ''}${await system.readOutput()}`,
    }
  }
}

/** Callers look at readiness themselves, and keep connections to each instance. */
export const rollingUpdatesDirect = rollingUpdates(
  '',
  async (_, { configApi, forwarderApi }) => ({
    configApi: () => configApi.next(),
    forwarderApi: () => forwarderApi.next(),
  }),
  { forwards: 478, calls: 122 },
)

const behindNginx = rollingUpdates(
  '127.0.0.1',
  async (opened, fleets) => {
    const edge = await startEdge(opened, fleets)
    return { ca: edge.ca, configApi: () => edge.configApi, forwarderApi: () => edge.forwarderApi, log: edge.log }
  },
  { forwards: 1532, calls: 161 },
)

/** Callers keep connections to an nginx, which finds instances by their names. */
export const rollingUpdatesBehindNginx: Scenario = async (context) => {
  const leftOut = whyNginxIsUnfit()
  return leftOut === undefined ? behindNginx(context) : { figures: [], notes: [], leftOut }
}

/** It needs `keepalive_min_timeout`, see infra/nginx/from-dns.sh. */
function whyNginxIsUnfit(): string | undefined {
  const { stderr } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  const [, version] = /nginx\/(\S+)/.exec(stderr ?? '') ?? []
  if (version === undefined) return 'there is no nginx on the PATH'
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major > 1 || minor > 27 || (minor === 27 && patch >= 4)) return undefined
  return `nginx ${version} closes idle connections of callers when it reads its configuration again; 1.27.4 does not have to`
}
