import { malformedResponse, type TransportError } from '../failures/transport-error.ts'
import type { HttpVersion } from './exchange.ts'
import { parseFieldLines, parseLength } from './field-lines.ts'

/** How an answer's body ends (RFC 9112 section 6.3). */
type BodyFraming = { readonly kind: 'chunked' | 'until-close' } | { readonly kind: 'length'; readonly bytes: number }

export interface ResponseHead {
  readonly status: number
  readonly version: HttpVersion
  /** `[name, value, ...]` */
  readonly fields: readonly string[]
  readonly framing: BodyFraming
  /** Whether the connection may carry another exchange, and for how long it is kept idle where the target says so. */
  readonly keepsAlive: boolean
  readonly keepAliveMs: number | undefined
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const until: BodyFraming = { kind: 'until-close' }
const chunked: BodyFraming = { kind: 'chunked' }
const none: BodyFraming = { kind: 'length', bytes: 0 }

/** The fields that say where an answer ends and what becomes of its connection. */
interface ConnectionFields {
  length?: string
  coding?: string
  connection?: string
  keepAlive?: string
}

/**
 * @param text the head without the empty line that ends it, one byte a character
 * @param isToHead whether the request was a HEAD, the answer to which has no body
 * @throws TransportError `MALFORMED_RESPONSE`
 */
export function parseResponseHead(text: string, isToHead: boolean): ResponseHead {
  const lineEnd = text.indexOf('\r\n')
  const [, minor, code] = statusLine.exec(lineEnd < 0 ? text : text.slice(0, lineEnd)) ?? []
  if (code === undefined) throw noStatusLine()
  const fields = lineEnd < 0 ? [] : parseFieldLines(text, lineEnd + 2)
  const status = Number(code)
  const said = connectionFields(fields)
  const options = said.connection?.toLowerCase()
  const isOld = minor === '0'
  // Whoever says both wants it closed (RFC 9112 section 9.3).
  const closes = hasOption(options, 'close') || (isOld && !hasOption(options, 'keep-alive'))
  const framing = framingOf(said, status, isToHead, isOld)
  return {
    status,
    version: isOld ? '1.0' : '1.1',
    fields,
    framing,
    keepsAlive: !closes && framing !== until,
    keepAliveMs: keepAliveMsOf(said.keepAlive),
  }
}

export function noStatusLine(): TransportError {
  return malformedResponse('its first line is no status line of HTTP/1.1')
}

function connectionFields(fields: readonly string[]): ConnectionFields {
  const said: ConnectionFields = {}
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    // Lengths tell nearly all other names apart without a copy in lower case.
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (said.length !== undefined) throw malformedResponse('it has two Content-Length headers')
      said.length = value
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (said.coding !== undefined) throw malformedResponse('it has two Transfer-Encoding headers')
      said.coding = value
    } else if (name.length === 10) {
      const key = name.toLowerCase()
      if (key === 'connection') said.connection = said.connection ? `${said.connection},${value}` : value
      else if (key === 'keep-alive') said.keepAlive = value
    }
  }
  return said
}

/** What a gateway that reads it in another way would take for the next answer is refused, never guessed. */
function framingOf(
  { length, coding }: ConnectionFields,
  status: number,
  isToHead: boolean,
  isOld: boolean,
): BodyFraming {
  if (length !== undefined && coding !== undefined) {
    throw malformedResponse('it has both a Content-Length and a Transfer-Encoding')
  }
  // No other coding was offered to it (RFC 9112 section 7.4), and HTTP/1.0 has none.
  if (coding !== undefined && (isOld || coding.toLowerCase() !== 'chunked')) {
    throw malformedResponse('its Transfer-Encoding is not chunked')
  }
  const bytes = length === undefined ? undefined : parseLength(length)
  if (length !== undefined && bytes === undefined) throw malformedResponse('its Content-Length is not a number')
  if (isToHead || status < 200 || status === 204 || status === 304) return none
  if (coding !== undefined) return chunked
  return bytes === undefined ? until : { kind: 'length', bytes }
}

function hasOption(options: string | undefined, option: string): boolean {
  if (options === undefined || !options.includes(option)) return false
  return options === option || options.split(',').some((each) => each.trim() === option)
}

const timeoutHint = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i

/** `Keep-Alive: timeout=5` (RFC 2068 section 19.7.1.1). */
function keepAliveMsOf(field: string | undefined): number | undefined {
  const seconds = field === undefined ? undefined : timeoutHint.exec(field)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}
