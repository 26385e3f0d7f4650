import { parseArgs } from 'node:util'
import { refusingUnknown } from './argument-error.ts'

export interface StartArguments {
  readonly once: boolean
  readonly json: boolean
  readonly help: boolean
}

export const startUsage = `Starts both services and a target that demands a client certificate, walks through the whole flow, and keeps running.

  npm start
  npm start -- --once

  --once  stop after the flow; the exit code is 0 only if everything worked
  --json  print one JSON object per step
  --help  print this help

The services read their settings from the environment, such as CONFIG_API_PORT (8080), FORWARDER_API_PORT (8081),
CONFIG_API_MANAGEMENT_PORT (9080), FORWARDER_API_MANAGEMENT_PORT (9081) and DATA_DIR (.data). See docs/configuration.md.
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
