/** `npm run faults`: runs scenarios one after the other. Exit code 1 if one of them does not hold. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { StepProgress, type Steps } from '@mtls-gateway/terminal'
import { root } from '../test/support/entries.ts'
import { type ScenarioName, scenarios } from './catalogue.ts'
import { type FaultArguments, faultArguments, usage } from './command/arguments.ts'
import { isGood, type Outcome, reportJson, reportText } from './command/report.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  let options: FaultArguments
  try {
    options = faultArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`) // only errors are thrown there
    return 2
  }
  if (options.help) {
    console.log(usage)
    return 0
  }
  const outcomes: Outcome[] = []
  for (const name of options.names) {
    const outcome = await run(name, options.rounds)
    const shown = isGood(outcome) ? outcome : await withLog(outcome)
    outcomes.push(shown)
    if (!options.json) console.log(`${reportText([shown], process.stdout)}\n`)
  }
  if (options.json) console.log(reportJson(outcomes))
  return outcomes.every(isGood) ? 0 : 1
}

async function run(name: ScenarioName, rounds: number): Promise<Outcome> {
  using progress = new StepProgress(process.stderr)
  await using opened = new AsyncDisposableStack()
  const interrupt = () => void opened.disposeAsync().finally(() => process.exit(130))
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupt)
  try {
    const found = await scenarios[name]({ opened, steps: stepsOf(name, progress), rounds })
    progress.end()
    return { name, ...found }
  } catch (error) {
    return {
      name,
      figures: [],
      notes: [],
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

async function withLog({ log, ...outcome }: Outcome): Promise<Outcome> {
  if (log === undefined) return outcome
  const file = join(root, '.data/faults', `${outcome.name}.log`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, log)
  return { ...outcome, notes: [...outcome.notes, `the logs of all that ran are in ${relative('.', file)}`] }
}

function stepsOf(name: string, progress: Steps): Steps {
  return {
    expect: (count) => progress.expect(count),
    next: (text) => progress.next(`${name}: ${text}`),
    end: (result) => progress.end(result),
  }
}
