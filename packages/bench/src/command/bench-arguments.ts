import { parseArgs } from 'node:util'
import { everyMeasured, type MeasuredPool } from '../fairness/measured-pools.ts'
import { mostForOthers } from '../machine/others.ts'
import { type ScenarioName, scenarioNames } from '../scenarios/catalogue.ts'
import { type Peer, peerNames } from '../subjects/start-subjects.ts'

export const usage = `Measures the gateway with everything on against other forwarders, on this machine and in one go.

  npm run bench [-- --quick] [--only NAME,...] [--rounds N] [--seconds N] [--minutes N] [--settling N]
                  [--peers NAME,...] [--against DIR] [--pools NAME,...]
                  [--identities N] [--accounts N] [--certificates N] [--calls N] [--wait N] [--json]

  --quick    small answers, one identity, kept connections, 3 rounds: under 6 minutes
  --only     these scenarios: ${scenarioNames.join(', ')}
  --rounds   how often each is measured; the median counts. Default: 5
             In small and identities, each round starts the programs anew.
  --seconds  of one measurement. Default: 10, with --quick 4
  --minutes, --settling  of a soak, and of the time before it: 15, and 21 until nonces have gone round
  --peers    these others alone: ${peerNames.join(', ')}
  --against  another checkout of this repository, built: its gateway is measured in turn with this one's
  --pools    of fairness: those whose names have one of these in them, such as key-files
  --identities, --accounts  of affinity: 2000 client certificates, which belong to 200 accounts. It needs OpenBao (npm run openbao:fetch)
  --certificates  of storm: 10000 with renewal plans
  --calls    of isolation-soak: 1000000
  --wait     so many seconds at most until the machine is quiet: 60; 0 starts at once
  --json     the result as JSON; it is in .data/bench.json anyway

First it waits until the machine is quiet. While others use more than
${Math.round(mostForOthers * 100)} % of the processors, verdicts are "unsure", whether their bounds hold or not.

Exits with 0 if all bounds hold, with 1 if one does not or nothing could be measured, and with 2 if none is known to fail,
but the machine was too busy to be sure. Progress goes to stderr: without a terminal, a line for each measurement.
Needs nginx and wrk (apt-get install nginx wrk).`

export interface BenchArguments {
  /** Undefined: those of a whole or a quick bench. */
  readonly only: readonly ScenarioName[] | undefined
  readonly quick: boolean
  readonly rounds: number
  readonly seconds: number
  readonly minutes: number
  readonly settlingMinutes: number
  readonly peers: readonly Peer[]
  readonly against: string | undefined
  /** Undefined for all of them. */
  readonly pools: readonly MeasuredPool[] | undefined
  /** For `affinity`. */
  readonly identities: number
  readonly accounts: number
  /** For `storm`. */
  readonly certificates: number
  /** For `isolation-soak`. */
  readonly calls: number
  /** Seconds. */
  readonly wait: number
  readonly json: boolean
  readonly help: boolean
}

/** @throws Error with a sentence */
export function benchArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      minutes: { type: 'string', default: '15' },
      settling: { type: 'string', default: '21' },
      peers: { type: 'string' },
      against: { type: 'string' },
      pools: { type: 'string' },
      identities: { type: 'string', default: '2000' },
      accounts: { type: 'string', default: '200' },
      certificates: { type: 'string', default: '10000' },
      calls: { type: 'string', default: '1000000' },
      wait: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick, json, help } = values
  return {
    only: values.only?.split(',').map((name) => oneOf('only', scenarioNames, name)),
    peers: values.peers?.split(',').map((name) => oneOf('peers', peerNames, name)) ?? peerNames,
    against: values.against,
    rounds: positive('rounds', values.rounds ?? (quick ? '3' : '5')),
    seconds: positive('seconds', values.seconds ?? (quick ? '4' : '10')),
    minutes: positive('minutes', values.minutes),
    settlingMinutes: positive('settling', values.settling),
    pools: values.pools === undefined ? undefined : [...new Set(values.pools.split(',').flatMap(poolsNamed))],
    identities: positive('identities', values.identities),
    accounts: positive('accounts', values.accounts),
    certificates: positive('certificates', values.certificates),
    calls: positive('calls', values.calls),
    wait: wholeFrom(0, 'wait', values.wait),
    quick,
    json,
    help,
  }
}

function oneOf<N extends string>(option: string, names: readonly N[], text: string): N {
  const name = names.find((known) => known === text)
  if (name === undefined) throw new Error(`--${option} takes ${names.join(', ')}, not ${text}.`)
  return name
}

function poolsNamed(text: string): readonly MeasuredPool[] {
  const named = everyMeasured.filter((name) => name.includes(text))
  if (named.length === 0) throw new Error(`--pools takes ${everyMeasured.join(', ')}, not ${text}.`)
  return named
}

function positive(name: string, text: string): number {
  return wholeFrom(1, name, text)
}

function wholeFrom(least: 0 | 1, name: string, text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(number) || number < least) throw new Error(`--${name} takes a whole number from ${least}.`)
  return number
}
