import { parseArgs } from 'node:util'
import { refusingUnknown } from './argument-error.ts'

export interface StartArguments {
  readonly once: boolean
  readonly json: boolean
  readonly help: boolean
}

export const startUsage = `Starts the services, the console and a target that demands a client certificate, walks through the whole flow, and
keeps running.

  npm start
  npm start -- --once

  --once  stop after the flow; the exit code is 0 only if everything worked
  --json  print one JSON object per step
  --help  print this help

They read their settings from the environment, such as CONFIG_API_PORT (8080), FORWARDER_API_PORT (8081),
CONSOLE_PORT (8090), CONFIG_API_MANAGEMENT_PORT (9080), FORWARDER_API_MANAGEMENT_PORT (9081),
CONSOLE_MANAGEMENT_PORT (9083) and DATA_DIR (.data). See docs/configuration.md. Where such a port is in use and you
have not set it, any free one is taken. A second demo beside a running one needs a DATA_DIR of its own.
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
