import { parseArgs } from 'node:util'
import { targetNames } from '../targets/index.ts'

export const usage = `npm run fuzz -- [--only NAME,...] [--seconds 60] [--seed N] [--json] [--grow] [FILE ...]

  --only NAME,...  some targets: ${targetNames.join(', ')}
  --seconds N      how long each is attacked; all run beside each other (default 60)
  --seed N         a run is repeated by its seed (default: a random one, which is shown)
  --json           the results as JSON
  --grow           what reaches something new goes into packages/fuzz/corpus
  FILE ...         looks at these cases alone; their folder says of which target they are, or --only does`

export interface FuzzOptions {
  readonly names: readonly string[]
  readonly seconds: number
  readonly seed: number
  readonly json: boolean
  readonly grow: boolean
  readonly files: readonly string[]
}

/** @throws Error with a sentence for the user */
export function parseOptions(args: readonly string[]): FuzzOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      grow: { type: 'boolean', default: false },
    },
  })
  const names = values.only?.split(',') ?? targetNames
  const unknown = names.filter((name) => !targetNames.includes(name))
  if (unknown.length > 0) throw new Error(`there is no target ${unknown.join(', ')}`)
  const seconds = wholeNumber('--seconds', values.seconds)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('--seed', values.seed)
  return { names, seconds, seed, json: values.json, grow: values.grow, files: positionals }
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new Error(`${option} takes a whole number`)
}
