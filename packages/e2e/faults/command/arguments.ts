import { parseArgs } from 'node:util'
import { durationMs } from '@mtls-gateway/service-kit'
import { type ScenarioName, scenarioNames } from '../catalogue.ts'
import type { PlanOptions } from './plan.ts'

export const usage = `Breaks what the gateway needs, on real services under load, and holds what is seen against what was seen before.

  npm run faults [-- --only NAME,...] [--budget 60m] [--rounds N] [--calls N] [--json FILE]

  --only    these scenarios: ${scenarioNames.join(', ')}
  --budget  how long all of them may take together, such as 60m: scenarios do less, down to what still shows something,
            and those that there is no time for are left out
  --rounds  how many rounds of a scenario that has them. Default: 5, or what the budget allows
  --calls   how many calls of a scenario that counts them. Default: 1000000, or what the budget allows
  --json    writes the figures to a file, too

Exits with 0 if everything holds, with 1 if something does not, and with 3 if something was left out, because of the
budget or of what this machine lacks. Needs OpenBao (npm run openbao:fetch), Redis, nginx and wrk (apt-get
install redis-server nginx wrk), and a checkout with its history; rolling-updates-nginx needs nginx 1.27.4 or later.`

export interface FaultArguments extends Required<PlanOptions> {
  readonly names: readonly ScenarioName[]
  readonly jsonFile: string | undefined
  readonly help: boolean
}

/** @throws Error with a sentence */
export function faultArguments(args: readonly string[]): FaultArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      budget: { type: 'string' },
      rounds: { type: 'string' },
      calls: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { only, budget, rounds, calls, json, help } = values
  return {
    names: only?.split(',').map(scenarioNamed) ?? scenarioNames,
    budgetSeconds: budget === undefined ? undefined : secondsOf(budget),
    chosen: {
      ...(rounds !== undefined && { rounds: positive('rounds', rounds) }),
      ...(calls !== undefined && { calls: positive('calls', calls) }),
    },
    jsonFile: json,
    help,
  }
}

function scenarioNamed(text: string): ScenarioName {
  const name = scenarioNames.find((known) => known === text)
  if (name === undefined) throw new Error(`--only takes ${scenarioNames.join(', ')}, not ${text}.`)
  return name
}

function secondsOf(text: string): number {
  const ms = durationMs(text)
  if (!ms) throw new Error('--budget takes a duration such as 60m or 2h.')
  return ms / 1_000
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1.`)
  return number
}
