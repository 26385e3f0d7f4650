import type { Result } from '../report/result.ts'
import { atLeast, atMost, type Verdict } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import type { Scenario } from './bench-context.ts'
import { compareStarts } from './compare.ts'

const connections = 64
const atFullLoad = 'small'

/** Small answers over kept connections: as much as goes, then a quarter of what the gateway can do. */
export const smallAnswers: Scenario = async (context) => {
  const results = await compareStarts(context, { ...context, identities: 1, isLogged: true }, [
    () => ({ name: atFullLoad, load: { call: smallCall, connections }, warmUpSeconds: 5 }),
    (measured) => {
      const perSecond = Math.round((of(measured, 'mtls-gateway')?.rps ?? 0) / 4)
      return { name: `small, ${perSecond}/s`, load: { call: smallCall, connections, perSecond }, warmUpSeconds: 1 }
    },
  ])
  const most = results.filter(({ scenario }) => scenario === atFullLoad)
  const quarter = results.filter(({ scenario }) => scenario !== atFullLoad)
  return {
    results,
    verdicts: [...rates(most), ...costOfLog(most), ...evenness(most), ...addedLatency(quarter)],
    notes: [],
  }
}

const least = [
  ['@fastify/reply-from', 1],
  ['http-proxy', 2],
  ['nginx', 0.3],
] as const

function rates(results: readonly Result[]): readonly Verdict[] {
  const ours = of(results, 'mtls-gateway')
  return least.flatMap(([name, bound]) => {
    const peer = of(results, name)
    return ours && peer ? [atLeast(bound, `requests a second, of those of ${name}`, ours.rps / peer.rps, 'x')] : []
  })
}

/** With the services' defaults every call has a log line. */
function costOfLog(results: readonly Result[]): readonly Verdict[] {
  const [silent, logged] = [of(results, 'mtls-gateway'), of(results, 'mtls-gateway, logged')]
  if (!silent || !logged) return []
  const ratio = logged.cpuUsPerRequest / silent.cpuUsPerRequest
  return [atMost(1.05, 'CPU per call with a log line for each, of that without', ratio, 'x')]
}

/** At full load every call waits for those before it; if some wait far longer, it is the forwarder's doing. */
function evenness(results: readonly Result[]): readonly Verdict[] {
  const [ours, bare] = [of(results, 'mtls-gateway'), of(results, 'bare undici')]
  if (!ours || !bare) return []
  return [atMost(1.3, 'p99 at full load, of that of bare undici', ours.p99Ms / bare.p99Ms, 'x')]
}

function addedLatency(results: readonly Result[]): readonly Verdict[] {
  const [ours, bare] = [of(results, 'mtls-gateway'), of(results, 'bare undici')]
  if (!ours || !bare) return []
  return [
    atMost(0.5, 'latency over bare undici at a quarter of the rate, p50', ours.p50Ms - bare.p50Ms, 'ms'),
    atMost(3, 'latency over bare undici at a quarter of the rate, p99', ours.p99Ms - bare.p99Ms, 'ms'),
  ]
}

function of(results: readonly Result[], name: string): Result | undefined {
  return results.find(({ subject }) => subject === name)
}
