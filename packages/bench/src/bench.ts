import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StepProgress, type Steps } from '@mtls-gateway/terminal'
import { type BenchArguments, benchArguments, usage } from './command/bench-arguments.ts'
import { requireBuilt } from './gateway/gateway-services.ts'
import { cores, pinProcess } from './machine/cores.ts'
import { machineFacts } from './machine/machine-facts.ts'
import { mostForOthers, OthersMeter, othersText, untilQuiet } from './machine/others.ts'
import { requireProgram } from './machine/programs.ts'
import { type Report, reportJson, reportText, writeReport } from './report/report.ts'
import { exitCode, type Judgement, judge } from './report/verdict.ts'
import { joined } from './scenarios/bench-context.ts'
import { quickScenarios, scenarios, wholeScenarios } from './scenarios/catalogue.ts'
import { startBenchTarget } from './target/bench-target.ts'

const reportFile = fileURLToPath(new URL('../../../.data/bench.json', import.meta.url))
/** In memory, where there is such a place: no disk is measured. */
const places = ['/dev/shm', tmpdir()]

async function bench(options: BenchArguments, progress: Steps): Promise<Report> {
  for (const program of ['nginx', 'wrk', 'taskset', 'setpriv', 'chrt'] as const) requireProgram(program)
  if (options.against !== undefined) requireBuilt(options.against)
  const names = options.only ?? (options.quick ? quickScenarios : wholeScenarios)
  const machine = machineFacts()
  // What this process does beside the load is the load's: the subject has its core to itself.
  pinProcess(process.pid, cores.load)
  await using opened = new AsyncDisposableStack()
  const place = places.find(existsSync) ?? '.'
  const directory = opened.adopt(await mkdtemp(join(place, 'bench-')), (path) => rm(path, { recursive: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // What was started ends with this process.
    process.once(signal, () => {
      rmSync(directory, { recursive: true })
      process.exit(1)
    })
  }
  const target = opened.adopt(await startBenchTarget({ directory: join(directory, 'target') }), (server) =>
    server.stop(),
  )
  progress.expect(1)
  progress.next(`wait until the machine is quiet, for ${options.wait} s at most`)
  progress.end(othersText(await untilQuiet({ longestSeconds: options.wait })))
  const findings = []
  const verdicts: Judgement[] = []
  let others = 0
  for (const name of names) {
    const meter = new OthersMeter()
    const found = await scenarios[name]({ ...options, directory, target, steps: metered(progress, meter) })
    progress.end()
    const share = meter.total()
    others = Math.max(others, share)
    findings.push(found)
    verdicts.push(...found.verdicts.map((verdict) => judge(verdict, share)))
  }
  return { machine, others, ...joined(findings), verdicts }
}

/** Says which measurements the machine was too busy for. */
function metered(progress: Steps, meter: OthersMeter): Steps {
  const end = (result?: string) => {
    const share = meter.lap()
    const facts = [...(result === undefined ? [] : [result]), ...(share > mostForOthers ? [othersText(share)] : [])]
    progress.end(facts.length === 0 ? undefined : facts.join(', '))
  }
  return {
    expect: (count) => progress.expect(count),
    next: (text) => {
      end()
      progress.next(text)
    },
    end,
  }
}

try {
  const options = benchArguments(process.argv.slice(2))
  if (options.help) console.log(usage)
  else {
    const report = await benchWithProgress(options)
    await writeReport(reportFile, report)
    console.log(options.json ? reportJson(report) : reportText(report, process.stdout))
    process.exitCode = exitCode(report.verdicts)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function benchWithProgress(options: BenchArguments): Promise<Report> {
  using progress = new StepProgress(process.stderr)
  return await bench(options, progress)
}
