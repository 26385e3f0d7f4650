import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { openRaw, type RawCall, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { System } from '../support/system.ts'

const ok = 'HTTP/1.1 200 OK\r\n'
const chunkedBody = '5\r\nhello\r\n0\r\nX-Sum: 1\r\nLP-answered-by: gateway\r\n\r\n'

/** What the target sends for each path; `cut` then breaks the connection off, `end` closes it. */
const answers: Readonly<Record<string, readonly [bytes: string, then?: 'end' | 'cut']>> = {
  '/trailers': [`${ok}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody}`],
  '/announced-with-length': [`${ok}Trailer: X-Sum\r\nContent-Length: 5\r\n\r\nhello`],
  '/announced-till-end': [`${ok}Trailer: X-Sum\r\nConnection: close\r\n\r\nhello`, 'end'],
  '/hints': [`HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-A: 1\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/hints-without-link': [`HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/processing': [`HTTP/1.1 102 Processing\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/204': ['HTTP/1.1 204 No Content\r\n\r\n'],
  '/304': ['HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: "x"\r\n\r\n'],
  '/id': [`${ok}X-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok`],
  '/cut-length': [`${ok}Content-Length: 1000\r\n\r\nhello`, 'cut'],
  '/cut-chunks': [`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'cut'],
  '/no-http': ['HELLO\r\n\r\n', 'end'],
}

let target: RawTarget
let system: System
let call: RawCall
let onUnanswered: (socket: TLSSocket) => void = () => {}

beforeAll(async () => {
  target = await startRawTarget((head, socket) => {
    const path = head.split(' ')[1] ?? ''
    const [bytes, then] = answers[path] ?? ['']
    if (path === '/unanswered') onUnanswered(socket)
    else if (head.startsWith('HEAD')) socket.write(`${ok}Trailer: X-Sum\r\nContent-Length: 5\r\n\r\n`)
    else socket.write(bytes, () => finish(socket, then))
  })
  system = await System.start({ targets: [target] })
  const tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: target.url }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

function finish(socket: TLSSocket, how: 'end' | 'cut' | undefined): void {
  if (how === 'end') socket.end()
  // Not before the beginning has been read over there.
  if (how === 'cut') setTimeout(() => socket.destroy(), 200)
}

const ask = (path: string, parts: Parameters<typeof rawHead>[1] = {}) => {
  const { lines = 'Connection: close\r\n' } = parts
  return rawExchange(call.base, rawHead({ ...call, targetUrl: target.url + path }, { ...parts, lines }))
}

describe('fields behind the body', () => {
  it('come through where the answer is in chunks, but for those that are ours to say', async () => {
    const { text } = await ask('/trailers')
    expect(text).toMatch(/\r\nTrailer: X-Sum\r\n/)
    expect(text).toMatch(/\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n$/)
  })

  it('are left out where an HTTP/1.0 caller could not read them', async () => {
    const { text } = await ask('/trailers', { version: '1.0' })
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).toMatch(/\r\n\r\nhello$/)
    expect(text).not.toContain('X-Sum')
  })

  it.each([
    ['/announced-with-length', 'GET'],
    ['/announced-till-end', 'GET'],
    ['/trailers', 'HEAD'],
  ])('that are announced and can not come do not spoil the answer: %s by %s', async (path, method) => {
    const { text } = await ask(path, { method })
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toContain('lp-answered-by')
    if (path === '/announced-with-length') expect(text).not.toContain('Trailer')
    if (method === 'GET') expect(text).toContain('hello')
  })
})

describe('answers before the answer', () => {
  it('are handed on where they are hints of links', async () => {
    const { text } = await ask('/hints')
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  })

  it.each(['/hints-without-link', '/processing'])('are left out where they tell nothing: %s', async (path) => {
    expect((await ask(path)).text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s)
  })

  it('are left out for HTTP/1.0, which has none', async () => {
    expect((await ask('/hints', { version: '1.0' })).text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })
})

describe('an answer without a body', () => {
  it.each(['/204', '/304'])('leaves the connection usable: %s', async (path) => {
    const connection = await openRaw(call.base)
    const again = () => connection.socket.write(rawHead({ ...call, targetUrl: target.url + path }))
    again()
    connection.socket.once('data', again)
    const { text } = await connection.until((received) => received.split('HTTP/1.1 ').length === 3)
    expect(text.match(/^HTTP\/1\.1 (204|304) /gm)).toHaveLength(2)
    if (path === '/304') expect(text).toContain('Content-Length: 10')
  })
})

describe('the request id', () => {
  it('is ours in every answer, so that it can be found in the log', async () => {
    const { text } = await ask('/id')
    const ids = [...text.matchAll(/^x-request-id: (.*)\r$/gim)].map(([, id]) => id)
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
    const line = `"requestId":"${ids[0]}"`
    await eventually(
      async () => system.output.includes(line),
      (isThere) => isThere,
    )
  })
})

describe('an answer that breaks off', () => {
  it.each([
    ['/cut-length', '1.1', 'closed'],
    ['/cut-chunks', '1.1', 'closed'],
    ['/cut-length', '1.0', 'closed'],
    // Here the end of the connection would be the end of the body.
    ['/cut-chunks', '1.0', 'reset'],
  ] as const)('never looks whole: %s, HTTP/%s', async (path, version, end) => {
    const { text, ended } = await ask(path, { version })
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(ended).toBe(end)
  })

  it('before it begins is a 424 of a length of its own', async () => {
    const { text } = await ask('/no-http')
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(text) ?? []
    expect(text).toMatch(/^HTTP\/1\.1 424 Failed Dependency\r\n/)
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(Number(length))
    expect(text).toContain('MALFORMED_RESPONSE')
  })
})

describe('a caller that leaves', () => {
  it('ends the call at the target', async () => {
    const connection = await openRaw(call.base)
    const arrived = new Promise<TLSSocket>((resolve) => {
      onUnanswered = resolve
    })
    connection.socket.write(rawHead({ ...call, targetUrl: `${target.url}/unanswered` }))
    const socket = await arrived
    connection.socket.destroy()
    await new Promise((resolve) => socket.once('close', resolve))
  })
})
