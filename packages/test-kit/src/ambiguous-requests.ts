import type { Duplex } from 'node:stream'

export interface AmbiguousRequest {
  readonly what: string
  /** What a service of ours answers it with. */
  readonly code: 'DUPLICATE_HEADER' | 'MALFORMED_REQUEST'
  /** `POST` unless it is another one. */
  readonly method?: string
  /** `1.1` unless it is another one. */
  readonly version?: string
  /** What stands in the request line, if not the path. */
  readonly target?: string
  /** Header lines besides Host, each with its line end. */
  readonly lines: string
  readonly body?: string
}

const chunked = '3\r\nabc\r\n0\r\n\r\n'

function codings(values: readonly string[]): readonly AmbiguousRequest[] {
  return values.map((value) => ({
    what: `Transfer-Encoding: ${JSON.stringify(value)}`,
    code: 'MALFORMED_REQUEST',
    lines: `Transfer-Encoding: ${value}\r\n`,
    body: chunked,
  }))
}

function lengths(values: readonly string[]): readonly AmbiguousRequest[] {
  return values.map((value) => ({
    what: `Content-Length: ${JSON.stringify(value)}`,
    code: 'MALFORMED_REQUEST',
    lines: `Content-Length: ${value}\r\n`,
    body: 'abc',
  }))
}

/** Each has two readings, of which a proxy in front of us or a server behind us may take the other one. */
export const ambiguousRequests: readonly AmbiguousRequest[] = [
  ...codings(['x, chunked', 'gzip, chunked', 'chunked, chunked', 'chunked, x', 'identity', 'xchunked', 'gzip']),
  ...codings(['"chunked"', 'chunked;q=1', '\x0bchunked', ',chunked', 'chunked,', '']),
  {
    what: 'two Transfer-Encoding lines',
    code: 'MALFORMED_REQUEST',
    lines: 'Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n',
    body: chunked,
  },
  {
    what: 'chunked in two lines',
    code: 'MALFORMED_REQUEST',
    lines: 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    body: chunked,
  },
  {
    what: 'chunks in HTTP/1.0',
    code: 'MALFORMED_REQUEST',
    version: '1.0',
    lines: 'Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n',
    body: chunked,
  },
  {
    what: 'Content-Length with Transfer-Encoding',
    code: 'MALFORMED_REQUEST',
    lines: 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n',
    body: chunked,
  },
  {
    what: 'Transfer-Encoding with Content-Length',
    code: 'MALFORMED_REQUEST',
    lines: 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
    body: chunked,
  },
  {
    what: 'two lengths',
    code: 'MALFORMED_REQUEST',
    lines: 'Content-Length: 3\r\nContent-Length: 4\r\n',
    body: 'abcd',
  },
  {
    what: 'the same length twice',
    code: 'MALFORMED_REQUEST',
    lines: 'Content-Length: 3\r\nContent-Length: 3\r\n',
    body: 'abc',
  },
  ...lengths(['+3', '-3', '0x3', '3, 3', '3 3', '3a', '9007199254740993', '99999999999999999999']),
  { what: 'two Host headers', code: 'DUPLICATE_HEADER', lines: 'Host: other.example\r\n' },
  { what: 'two Authorization headers', code: 'DUPLICATE_HEADER', lines: 'Authorization: Basic a\r\n'.repeat(2) },
  {
    what: 'two Content-Type headers',
    code: 'DUPLICATE_HEADER',
    lines: 'Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n',
  },
  { what: 'a folded line', code: 'MALFORMED_REQUEST', lines: 'X-Folded: a\r\n b\r\n' },
  { what: 'a folded first line', code: 'MALFORMED_REQUEST', lines: ' X-Folded: a\r\n' },
  { what: 'white space before the colon', code: 'MALFORMED_REQUEST', lines: 'Content-Length : 3\r\n', body: 'abc' },
  { what: 'a line without a colon', code: 'MALFORMED_REQUEST', lines: 'Content-Length\r\n' },
  { what: 'a bare CR', code: 'MALFORMED_REQUEST', lines: 'X-Other: a\rX-Smuggled: 1\r\n' },
  { what: 'a bare LF', code: 'MALFORMED_REQUEST', lines: 'X-Other: a\nX-Smuggled: 1\r\n' },
  { what: 'a NUL', code: 'MALFORMED_REQUEST', lines: 'X-Other: a\0b\r\n' },
  { what: 'a whole url', code: 'MALFORMED_REQUEST', method: 'GET', target: 'http://other.example/', lines: '' },
  { what: 'a host as target', code: 'MALFORMED_REQUEST', method: 'GET', target: 'other.example:443', lines: '' },
  { what: 'a fragment', code: 'MALFORMED_REQUEST', method: 'GET', target: '/things#fragment', lines: '' },
  { what: 'no path', code: 'MALFORMED_REQUEST', method: 'OPTIONS', target: '*', lines: '' },
  { what: 'HTTP/2.0', code: 'MALFORMED_REQUEST', method: 'GET', version: '2.0', lines: '' },
  { what: 'another expectation', code: 'MALFORMED_REQUEST', lines: 'Expect: the-impossible\r\n' },
  { what: 'a tunnel', code: 'MALFORMED_REQUEST', method: 'CONNECT', target: 'other.example:443', lines: '' },
]

/** The bytes of a request, with another one behind it that must not be answered. */
export function ambiguousBytes(
  { method = 'POST', version = '1.1', target, lines, body = '' }: AmbiguousRequest,
  path: string,
): string {
  const head = `${method} ${target ?? path} HTTP/${version}\r\nHost: one.example\r\n${lines}\r\n`
  return `${head}${body}GET ${path} HTTP/1.1\r\nHost: one.example\r\n\r\n`
}

export interface Refusal {
  /** How many answers came. */
  readonly answers: number
  /** That the first answer has; undefined if there is none. */
  readonly status: number | undefined
  readonly code: string | undefined
  readonly isClosed: boolean
}

/** Sends it over a connection of its own, until the server has closed that or shows that it goes on. */
export async function refusalOf(connection: Duplex, bytes: string): Promise<Refusal> {
  let text = ''
  const { promise, resolve } = Promise.withResolvers<boolean>()
  connection.on('error', () => {})
  connection.on('close', () => resolve(true))
  connection.on('data', (piece: Buffer) => {
    text += piece.toString('latin1')
    if (/^HTTP\/1\.1 [123]|\r\nconnection: keep-alive/i.test(text)) resolve(false)
  })
  connection.write(bytes)
  const isClosed = await promise
  connection.destroy()
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  return {
    answers: text.match(/^HTTP\/1\.1 /gm)?.length ?? 0,
    status: status === undefined ? undefined : Number(status),
    code: /"code":"(\w+)"/.exec(text)?.[1],
    isClosed,
  }
}
