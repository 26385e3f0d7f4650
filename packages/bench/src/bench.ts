import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProgressBar } from '@mtls-gateway/terminal'
import { type BenchArguments, benchArguments, usage } from './command/bench-arguments.ts'
import { cores, pinProcess } from './machine/cores.ts'
import { machineFacts } from './machine/machine-facts.ts'
import { requireProgram } from './machine/programs.ts'
import { type Report, reportJson, reportText, writeReport } from './report/report.ts'
import { holds } from './report/verdict.ts'
import { joined, type Steps } from './scenarios/bench-context.ts'
import { quickScenarios, scenarios, wholeScenarios } from './scenarios/catalogue.ts'
import { startBenchTarget } from './target/bench-target.ts'

const reportFile = fileURLToPath(new URL('../../../.data/bench.json', import.meta.url))
/** In memory, where there is such a place: no disk is measured. */
const places = ['/dev/shm', tmpdir()]

async function bench(options: BenchArguments, bar: ProgressBar): Promise<Report> {
  for (const program of ['nginx', 'wrk', 'taskset', 'setpriv', 'chrt'] as const) requireProgram(program)
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
  const names = options.only ?? (options.quick ? quickScenarios : wholeScenarios)
  const target = opened.adopt(await startBenchTarget({ directory: join(directory, 'target') }), (server) =>
    server.stop(),
  )
  const findings = []
  for (const name of names) {
    findings.push(await scenarios[name]({ ...options, directory, target, steps: stepsOn(bar) }))
  }
  return { machine, ...joined(findings) }
}

function stepsOn(bar: ProgressBar): Steps {
  let [begun, expected] = [0, 0]
  return {
    expect: (count) => {
      expected += count
    },
    next: (text) => bar.show(begun++, expected, text),
  }
}

const bar = new ProgressBar(process.stderr)
try {
  const options = benchArguments(process.argv.slice(2))
  if (options.help) console.log(usage)
  else {
    const report = await bench(options, bar)
    bar.clear()
    await writeReport(reportFile, report)
    console.log(options.json ? reportJson(report) : reportText(report, process.stdout))
    process.exitCode = report.verdicts.every(holds) ? 0 : 1
  }
} catch (error) {
  bar.clear()
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
