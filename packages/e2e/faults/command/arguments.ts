import { parseArgs } from 'node:util'
import { type ScenarioName, scenarioNames } from '../catalogue.ts'

export const usage = `Breaks what the gateway needs, on real services under load, and holds what is seen against what was seen before.

  npm run faults [-- --only NAME,...] [--rounds N] [--json]

  --only    these scenarios: ${scenarioNames.join(', ')}
  --rounds  how often a scenario repeats what may fail only sometimes. Default: 5
  --json    the figures as JSON

Exits with 1 if a scenario does not hold. Needs OpenBao (npm run openbao:fetch), Redis and nginx (apt-get install
redis-server nginx).`

export interface FaultArguments {
  readonly names: readonly ScenarioName[]
  readonly rounds: number
  readonly json: boolean
  readonly help: boolean
}

/** @throws Error with a sentence */
export function faultArguments(args: readonly string[]): FaultArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { only, json, help } = values
  const rounds = Number(values.rounds)
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1.')
  return { names: only?.split(',').map(scenarioNamed) ?? scenarioNames, rounds, json, help }
}

function scenarioNamed(text: string): ScenarioName {
  const name = scenarioNames.find((known) => known === text)
  if (name === undefined) throw new Error(`--only takes ${scenarioNames.join(', ')}, not ${text}.`)
  return name
}
