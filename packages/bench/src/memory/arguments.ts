import { parseArgs } from 'node:util'
import { ownCheckout } from '../gateway/gateway-services.ts'
import { identitiesAnAccount } from './filled-gateway.ts'

export const usage = `Calls with more identities than a forwarder has memory for, in a cgroup, and says whether it lives.

  npm run memory [-- --minutes 30 --identities 20000 --mib 1024 --per-second 140 --against DIR --json]

  --minutes     of load
  --identities  that are called: every third call is with the next one, the others are with the busiest
  --busiest     how many of them get two calls out of three
  --callers     connections that callers keep open beside those of the load
  --mib         limit of the cgroup
  --per-second  calls; from several addresses, as each may make 150
  --against     a forwarder of another checkout, built, instead of this one's
  --json        the result as JSON

The settings of the forwarder are the defaults. It takes root (cgroup 1 or 2) and nginx. Exits with 1 if the forwarder
was killed or ended, or more than one call in a hundred failed.`

export interface MemoryArguments {
  readonly minutes: number
  readonly identities: number
  readonly busiest: number
  readonly callers: number
  readonly mib: number
  readonly perSecond: number
  readonly checkout: string
  readonly json: boolean
  readonly help: boolean
}

/** @throws Error with a sentence */
export function memoryArguments(args: readonly string[]): MemoryArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '30' },
      identities: { type: 'string', default: '20000' },
      busiest: { type: 'string', default: '1000' },
      callers: { type: 'string', default: '1000' },
      mib: { type: 'string', default: '1024' },
      'per-second': { type: 'string', default: '140' },
      against: { type: 'string', default: ownCheckout },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const identities = Math.ceil(positive('identities', values.identities) / identitiesAnAccount) * identitiesAnAccount
  return {
    minutes: positive('minutes', values.minutes),
    identities,
    busiest: Math.min(identities, positive('busiest', values.busiest)),
    callers: positive('callers', values.callers),
    mib: positive('mib', values.mib),
    perSecond: positive('per-second', values['per-second']),
    checkout: values.against,
    json: values.json,
    help: values.help,
  }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0.`)
  return number
}
