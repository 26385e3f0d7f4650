import { parseArgs } from 'node:util'
import { ArgumentError, refusingUnknown } from './argument-error.ts'

export interface CallArguments {
  readonly help: boolean
  readonly json: boolean
  /** Undefined only with `help`. */
  readonly url: string | undefined
  readonly method: string
  /** Name or number; undefined: that of the demo. */
  readonly service: string | undefined
  /** By name as given; a header that was given twice has two values. */
  readonly headers: Readonly<Record<string, string[]>>
  readonly data: string | undefined
}

export const callUsage = `Calls a target through the gateway, signed with the demo's app key. The demo must be running (npm start).

  npm run call -- --url https://localhost:1234/demo
  npm run call -- --url https://localhost:1234/echo --data '{"a":1}' --header 'x-trace: 1'

  --url      the target
  --method   default: GET, or POST with --data
  --service  name or number of the service that calls; default: the demo's
  --header   'name: value', for the target or the gateway; may be repeated
  --data     the body; without a content-type header, it is sent as JSON if it is JSON, else as text
  --json     print status, headers and body as one JSON object
  --help     print this help

The exit code is 0 for a status below 400, else 1.
`

/** @throws ArgumentError */
export function parseCallArguments(args: readonly string[]): CallArguments {
  const { values } = refusingUnknown(() =>
    parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        method: { type: 'string' },
        service: { type: 'string' },
        header: { type: 'string', multiple: true, default: [] },
        data: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  const { url, service, data, json, help } = values
  if (url === undefined && !help) throw new ArgumentError('--url is missing: the target to call.')
  const method = (values.method ?? (data === undefined ? 'GET' : 'POST')).toUpperCase()
  return { help, json, url, method, service, headers: parseHeaders(values.header), data }
}

function parseHeaders(texts: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {}
  for (const text of texts) {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)/s.exec(text) ?? []
    if (name === '') throw new ArgumentError(`--header takes 'name: value', not '${text}'.`)
    headers[name] = [...(headers[name] ?? []), value.trim()]
  }
  return headers
}
