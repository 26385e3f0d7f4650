/** `npm run faults`: runs scenarios one after the other. Exit code 1 if one of them does not hold. */
import { ProgressBar } from '@mtls-gateway/terminal'
import { type ScenarioName, scenarios } from './catalogue.ts'
import { type FaultArguments, faultArguments, usage } from './command/arguments.ts'
import { isGood, type Outcome, reportJson, reportText } from './command/report.ts'
import type { Steps } from './scenario.ts'

const bar = new ProgressBar(process.stderr)
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
  for (const name of options.names) outcomes.push(await run(name, options.rounds))
  bar.clear()
  console.log(options.json ? reportJson(outcomes) : reportText(outcomes, process.stdout))
  return outcomes.every(isGood) ? 0 : 1
}

async function run(name: ScenarioName, rounds: number): Promise<Outcome> {
  await using opened = new AsyncDisposableStack()
  const interrupt = () => void opened.disposeAsync().finally(() => process.exit(130))
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupt)
  try {
    return { name, figures: await scenarios[name]({ opened, steps: stepsOf(name), rounds }) }
  } catch (error) {
    return { name, figures: [], failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
  }
}

function stepsOf(name: string): Steps {
  let [begun, expected] = [0, 0]
  return {
    expect: (count) => {
      expected += count
    },
    next: (text) => bar.show(begun++, expected, `${name}: ${text}`),
  }
}
