import { median, ratios } from '../report/result.ts'
import { atMost, type Verdict } from '../report/verdict.ts'
import { type SubjectName, smallCall } from '../subject.ts'
import { startBenchCollector } from '../target/bench-collector.ts'
import type { Scenario } from './bench-context.ts'
import { type Comparison, compareStarts } from './compare.ts'

/** Medians of the same program differ by as much. */
const same = 1.02

const nothing = { CALL_LOG: 'off' }

/** At the rate at which this is measured, some thirty lines and traces a second remain. */
const share = '0.001'
const everything = {
  CALL_LOG: 'sampled',
  LOG_LEVEL: 'info',
  LOG_SUCCESSFUL_CALLS: share,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: share,
}

/**
 * Until spans have been sent three times, every 5 s: the first time takes the thread that sends them a hundred
 * milliseconds of loading and compiling, once in the life of a process. What few calls run is compiled late as well.
 */
const warmUpSeconds = 16

const comparison: Comparison = {
  name: 'observed',
  load: { call: smallCall, connections: 64 },
  warmUpSeconds,
  takesTurns: true,
}

/** What it costs that log lines, recent calls, outcomes of mappings and traces tell of small calls. */
export const observed: Scenario = async (context) => {
  await using opened = new AsyncDisposableStack()
  const collector = opened.adopt(await startBenchCollector(), (each) => each.stop())
  const settings = { ...everything, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
  const subjects = { ...context, peers: [], identities: 1, settings: nothing, observed: settings }
  const { starts, results, notes } = await compareStarts(context, subjects, [() => comparison])
  if (collector.bytes === 0) throw new Error('no span has come')
  const cpuOf = (name: SubjectName) =>
    starts.filter(({ subject }) => subject === name).map(({ cpuUsPerRequest }) => cpuUsPerRequest)
  const [off, on, before] = [cpuOf('mtls-gateway'), cpuOf('mtls-gateway observed'), cpuOf('mtls-gateway before')]
  const costs: readonly Cost[] = [
    { what: 'with everything observed, of that with nothing', times: ratios(on, off), most: 1.06 },
    ...(before.length === 0
      ? []
      : [{ what: 'with nothing observed, of that before', times: ratios(off, before), most: same }]),
  ]
  return { results, verdicts: costs.map(verdictOf), notes: [...notes, ...costs.map(startsOf)] }
}

interface Cost {
  readonly what: string
  /** One for each start. */
  readonly times: readonly number[]
  readonly most: number
}

function verdictOf({ what, times, most }: Cost): Verdict {
  return atMost(most, `CPU per call ${what}`, median(times), 'x')
}

/** How far a median of so many starts can be trusted. */
function startsOf({ what, times }: Cost): string {
  const sorted = times.toSorted((one, other) => one - other)
  return `CPU per call ${what}, start by start: ${sorted.map((each) => each.toFixed(2)).join(', ')} x`
}
