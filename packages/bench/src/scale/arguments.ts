import { parseArgs } from 'node:util'
import { missingTools } from '@mtls-gateway/test-kit'
import type { StoreKind } from './bench-gateway.ts'
import type { ScaleSize } from './plan.ts'

export const usage = `Fills a gateway through its API and measures it at that size.

  npm run scale [-- --accounts 500 --certificates 10000 --mappings 100000 --store vault --minutes 45 --json]

  --accounts, --certificates, --mappings  in all; the first account gets up to 1,000 certificates and 10,000 mappings
  --store    vault or embedded. Default: vault, in a fresh mount of the one that VAULT_ADDR and VAULT_TOKEN name, else
             in a server that is started for it; embedded where there is none to start
  --minutes  after so many it is given up
  --json     the result as JSON

It starts both services and a target by itself, on free ports, and leaves nothing behind.`

export interface ScaleArguments extends ScaleSize {
  readonly store: StoreKind
  readonly minutes: number
  readonly json: boolean
  readonly help: boolean
}

/** @throws Error with a sentence */
export function scaleArguments(args: readonly string[], environment: NodeJS.ProcessEnv): ScaleArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      accounts: { type: 'string', default: '500' },
      certificates: { type: 'string', default: '10000' },
      mappings: { type: 'string', default: '100000' },
      store: { type: 'string' },
      minutes: { type: 'string', default: '45' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [accounts, certificates, mappings, minutes] = (
    ['accounts', 'certificates', 'mappings', 'minutes'] as const
  ).map((name) => positive(name, values[name])) as [number, number, number, number]
  if (certificates < accounts || mappings < certificates) {
    throw new Error('There must be at least a certificate for each account, and a mapping for each certificate.')
  }
  return {
    accounts,
    certificates,
    mappings,
    minutes,
    store: storeKind(values.store, environment),
    json: values.json,
    help: values.help,
  }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1.`)
  return number
}

function storeKind(given: string | undefined, { VAULT_ADDR, VAULT_TOKEN }: NodeJS.ProcessEnv): StoreKind {
  if (given === 'vault' || given === 'embedded') return given
  if (given !== undefined) throw new Error('--store takes vault or embedded.')
  if (VAULT_ADDR !== undefined && VAULT_TOKEN !== undefined) return 'vault'
  return missingTools('OpenBao').length === 0 ? 'vault' : 'embedded'
}
