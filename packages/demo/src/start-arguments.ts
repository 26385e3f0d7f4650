import { parseArgs } from 'node:util'
import { refusingUnknown } from './argument-error.ts'

export interface StartArguments {
  readonly once: boolean
  readonly json: boolean
  readonly help: boolean
}

export const startUsage = `Starts both services and a demo target, does the happy flow, and stays up.

  npm start
  npm start -- --once

  --once  stop after the flow; exit code 0 only if all of it worked
  --json  print one JSON object a step instead
  --help  print this

The services take their variables from the environment: CONFIG_API_PORT (8080), FORWARDER_API_PORT (8081),
CONFIG_API_MANAGEMENT_PORT (9080), FORWARDER_API_MANAGEMENT_PORT (9081), DATA_DIR (.data) and the rest of them.
`

/** @throws ArgumentError */
export function parseStartArguments(args: readonly string[]): StartArguments {
  const { values } = refusingUnknown(() =>
    parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  return values
}
