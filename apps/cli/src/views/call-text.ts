import type { RecentCall } from '@mtls-gateway/contract'
import { addsCa, isUnmapped, reasonOfCodes, shellWord, triesHelp } from '@mtls-gateway/contract/words'
import { facts } from './lines.ts'

/** How people call the mappings and certificates of calls; what is deleted has no name any more. */
export interface CallNames {
  readonly mappings: ReadonlyMap<number, string | undefined>
  readonly certificates: ReadonlyMap<number, string | undefined>
}

interface Column {
  readonly head: string
  /** Lines may arrive one by one, so it is not up to the others. */
  readonly width: number
  readonly cell: (call: RecentCall, names: CallNames) => string
}

/**
 * What fits beside a url; `--request-id` shows the rest of one call, `--json` all of each. The year goes without
 * saying: calls are kept for a week.
 */
const columns: readonly Column[] = [
  { head: 'AT (UTC)', width: 14, cell: ({ at }) => at.slice(5, 19).replace('T', ' ') },
  { head: 'OUTCOME', width: 9, cell: ({ outcome }) => outcome },
  { head: 'RESULT', width: 20, cell: resultOf },
  { head: 'MS', width: 6, cell: ({ ms }) => String(Math.round(ms)).padStart(6) },
  { head: 'MAPPING', width: 16, cell: ({ mappingId }, { mappings }) => nameOf(mappingId, mappings) },
]

/** What a narrow terminal does without, in this order, and the columns that a call has at least. */
const spared = ['MS', 'OUTCOME', 'MAPPING']
const leastForCall = 24

function columnsIn(width: number | undefined): readonly Column[] {
  let shown = columns
  for (const name of spared) {
    const taken = shown.reduce((sum, { width: own }) => sum + own + 2, 0)
    if (width === undefined || width - taken >= leastForCall) break
    shown = shown.filter(({ head }) => head !== name)
  }
  return shown
}

/** @param width the columns of the terminal, where it is one: no line is longer. Elsewhere nothing is cut */
export function callTable(calls: readonly RecentCall[], names: CallNames, width: number | undefined): string {
  if (calls.length === 0) return 'There is no call.'
  return [callHeading(width), ...calls.map((call) => callLine(call, names, width))].join('\n')
}

export function callHeading(width: number | undefined): string {
  const heads = columnsIn(width).map(({ head, width: own }) => head.padEnd(own))
  return cut([...heads, 'CALL'].join('  '), width)
}

export function callLine(call: RecentCall, names: CallNames, width: number | undefined): string {
  const cells = columnsIn(width).map(({ cell, width: own }) => cut(cell(call, names), width && own).padEnd(own))
  return cut([...cells, `${call.method} ${call.url ?? '-'}`].join('  '), width)
}

/** All that is known of one call. */
export function callFacts(call: RecentCall, names: CallNames): string {
  const { at, outcome, method, url, serviceName, caller, clientAddress, requestId, fingerprintSha256, phase } = call
  return facts([
    ['at', at],
    ['call', `${method} ${url ?? '-'}`],
    ['outcome', `${outcome}, ${resultOf(call)}`],
    ['meaning', meaningOf(call)],
    ['next', nextCommand(call, names)],
    ['status', call.status === undefined ? undefined : String(call.status)],
    ['phase', phase],
    ['duration', `${Math.round(call.ms)} ms`],
    ['service', serviceName],
    ['mapping', call.mappingId === undefined ? undefined : nameAndId(call.mappingId, names.mappings)],
    ['certificate', call.certificateId === undefined ? undefined : nameAndId(call.certificateId, names.certificates)],
    ['fingerprint', fingerprintSha256],
    ['caller', `${caller} from ${clientAddress}`],
    ['request id', requestId],
  ])
}

/** What the codes of these calls mean, each once: the lines of a table have room for the codes alone. */
export function callMeanings(calls: readonly RecentCall[]): string | undefined {
  const meanings = new Map(calls.map((call) => [resultOf(call), meaningOf(call)]))
  const known = [...meanings].filter((pair): pair is [string, string] => pair[1] !== undefined)
  return known.length === 0 ? undefined : known.map(([code, meaning]) => `${code}: ${meaning}`).join('\n')
}

function meaningOf(call: RecentCall): string | undefined {
  const isTheirs = call.outcome === 'failed' && call.code === undefined
  return reasonOfCodes(call) ?? (isTheirs ? 'The target answered with a server error.' : undefined)
}

/** The command that finds out more, or repairs it. */
function nextCommand(call: RecentCall, { mappings, certificates }: CallNames): string | undefined {
  const { mappingId, certificateId, serviceName, url } = call
  if (url === undefined) return undefined
  const reason = reasonOfCodes(call)
  if (mappingId === undefined && isUnmapped(call)) {
    const service = serviceName === undefined ? '' : ` --service-name ${shellWord(serviceName)}`
    return `mtls explain${service} --url ${shellWord(url)}`
  }
  if (certificateId !== undefined && triesHelp(reason)) {
    return `mtls try ${shellWord(certificates.get(certificateId) ?? `${certificateId}`)} ${shellWord(url)}`
  }
  if (mappingId === undefined || !addsCa(reason)) return undefined
  return `mtls target-ca --mapping ${shellWord(mappings.get(mappingId) ?? `${mappingId}`)}`
}

/** The code says more than the status, which goes with it. */
function resultOf({ transportCode, code, status }: RecentCall): string {
  return transportCode ?? code ?? String(status ?? '-')
}

function nameOf(id: number | undefined, names: ReadonlyMap<number, string | undefined>): string {
  return id === undefined ? '-' : (names.get(id) ?? `${id}`)
}

function nameAndId(id: number, names: ReadonlyMap<number, string | undefined>): string {
  const name = names.get(id)
  return name === undefined ? `${id}, deleted since` : `${name} (${id})`
}

function cut(text: string, width: number | undefined): string {
  return width === undefined || text.length <= width ? text.trimEnd() : `${text.slice(0, Math.max(0, width - 1))}…`
}
