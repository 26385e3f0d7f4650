/** `npm run faults`: runs scenarios one after the other, within a budget of time if there is one. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { StepProgress, type Steps } from '@mtls-gateway/terminal'
import { root } from '../test/support/entries.ts'
import { scenarios } from './catalogue.ts'
import { type FaultArguments, faultArguments, usage } from './command/arguments.ts'
import { minutesText, type Planned, planOf, planText } from './command/plan.ts'
import { exitCode, figuresText, type Outcome, reportJson, summaryText, verdictOf } from './command/report.ts'
import type { TimedScenario } from './scenario.ts'

type Named = TimedScenario & { readonly name: string }

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
  const outcomes = await runAll(options)
  console.log(summaryText(outcomes, process.stdout))
  if (options.jsonFile !== undefined) await writeFile(options.jsonFile, `${reportJson(outcomes)}\n`)
  return exitCode(outcomes)
}

async function runAll({ names, budgetSeconds, chosen }: FaultArguments): Promise<readonly Outcome[]> {
  const all: Named[] = names.map((name) => ({ name, ...scenarios[name] }))
  console.error(`${planText(planOf(all, { budgetSeconds, chosen }))}\n`)
  const began = performance.now()
  const outcomes: Outcome[] = []
  for (const [index, scenario] of all.entries()) {
    const left = budgetSeconds === undefined ? undefined : Math.max(0, budgetSeconds - secondsSince(began))
    // Planned again each time: what one took more or less is what the others have less or more of.
    const [planned] = planOf(all.slice(index), { budgetSeconds: left, chosen })
    const place = `${index + 1}/${all.length}`
    const outcome = planned?.isLeftOut
      ? noTimeFor(planned, left ?? 0)
      : await run(scenario, planned?.amount ?? 0, place)
    const shown = verdictOf(outcome) === 'FAILED' ? await withLog(outcome) : outcome
    outcomes.push(shown)
    console.log(`${figuresText(shown, process.stdout)}\n`)
  }
  return outcomes
}

function noTimeFor({ name, seconds }: Planned, left: number): Outcome {
  const leftOut = `the least of it takes about ${minutesText(seconds)}, and ${minutesText(left)} of the budget are left`
  return { name, figures: [], notes: [], seconds: 0, leftOut }
}

async function run(scenario: Named, amount: number, place: string): Promise<Outcome> {
  const { name } = scenario
  using progress = new StepProgress(process.stderr)
  const opened = new AsyncDisposableStack()
  const interrupt = () => void opened.disposeAsync().finally(() => process.exit(130))
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupt)
  const began = performance.now()
  try {
    await using _ = opened
    const found = await scenario.run({ opened, steps: stepsOf(`${place} ${name}`, progress), amount })
    progress.end()
    return { name, ...found, seconds: secondsSince(began) }
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { name, figures: [], notes: [], seconds: secondsSince(began), failure }
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

function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000
}
