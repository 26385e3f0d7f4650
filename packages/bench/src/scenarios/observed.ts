import { medianRatio, type Result } from '../report/result.ts'
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

/** What few calls run is compiled late, on other threads: their time is not a call's. */
const warmUpSeconds = 5

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
  return { results, verdicts: costs(starts), notes }
}

function costs(starts: readonly Result[]): readonly Verdict[] {
  const cpuOf = (name: SubjectName) =>
    starts.filter(({ subject }) => subject === name).map(({ cpuUsPerRequest }) => cpuUsPerRequest)
  const [off, on, before] = [cpuOf('mtls-gateway'), cpuOf('mtls-gateway observed'), cpuOf('mtls-gateway before')]
  return [
    atMost(1.06, 'CPU per call with everything observed, of that with nothing', medianRatio(on, off), 'x'),
    ...(before.length === 0
      ? []
      : [atMost(same, 'CPU per call with nothing observed, of that before', medianRatio(off, before), 'x')]),
  ]
}
