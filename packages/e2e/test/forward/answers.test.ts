import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { openRaw, type RawCall, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'

const ok = 'HTTP/1.1 200 OK\r\n'
const list = '</a>; rel=preload, </b>; rel="preload"; as=style'
/** What node:http would look at for ever. */
const hostileLink = `<a>${';a=a'.repeat(40)}"`
const chunkedBody = '5\r\nhello\r\n0\r\nX-Sum: 1\r\nLP-answered-by: gateway\r\n\r\n'

/**
 * What the target sends for each path; `cut` then breaks the connection off, `end` closes it, `fin` only its TCP side.
 */
const answers: Readonly<Record<string, readonly [bytes: string, then?: 'end' | 'cut' | 'fin']>> = {
  '/trailers': [`${ok}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody}`],
  '/announced-with-length': [`${ok}Trailer: X-Sum\r\nContent-Length: 5\r\n\r\nhello`],
  '/announced-till-end': [`${ok}Trailer: X-Sum\r\nConnection: close\r\n\r\nhello`, 'end'],
  '/hints': [`HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-A: 1\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/hints-without-link': [`HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/hint-lists': [`HTTP/1.1 103 Early Hints\r\nLink: ${list}\r\nlink: ${list}\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/hostile-hint': [`HTTP/1.1 103 Early Hints\r\nLink: ${hostileLink}\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/many-hints': [
    `${`HTTP/1.1 103 Early Hints\r\nLink: </${'x'.repeat(4_000)}>\r\n\r\n`.repeat(32)}${ok}Content-Length: 2\r\n\r\nok`,
  ],
  '/processing': [`HTTP/1.1 102 Processing\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`],
  '/204': ['HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'],
  '/304': ['HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: "x"\r\n\r\n'],
  '/id': [`${ok}X-Request-Id: theirs\r\nContent-Length: 2\r\n\r\nok`],
  '/cut-length': [`${ok}Content-Length: 1000\r\n\r\nhello`, 'cut'],
  '/cut-till-end': [`${ok}\r\nhello`, 'fin'],
  '/cut-chunks': [`${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, 'cut'],
  '/date': [`${ok}Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok`],
  '/1.0': ['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  '/pretends': [
    `${ok}LP-error-from-transport: ENOTFOUND\r\nLP-message-from-transport: x\r\nContent_Length: 9\r\nContent-Length: 2\r\n\r\nok`,
  ],
  '/long-length': [`${ok}Content-Length: 00000000000000000002\r\n\r\nok`],
  '/no-http': ['HELLO\r\n\r\n', 'end'],
}

let target: RawTarget
let system: SharedSystem
let call: RawCall
let onUnanswered: (socket: TLSSocket) => void = () => {}

beforeAll(async () => {
  system = await sharedSystem()
  target = await startRawTarget((head, socket) => {
    const path = head.split(' ')[1] ?? ''
    const [bytes, then] = answers[path] ?? ['']
    if (path === '/unanswered') onUnanswered(socket)
    else if (head.startsWith('HEAD')) socket.write(`${ok}Trailer: X-Sum\r\nContent-Length: 5\r\n\r\n`)
    else socket.write(bytes, () => finish(socket, then))
  }, system.serverCa)
  const tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: target.url }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

function finish(socket: TLSSocket, how: 'end' | 'cut' | 'fin' | undefined): void {
  if (how === 'end') socket.end()
  if (how === 'fin') setTimeout(() => endTcp(socket), 200)
  // Not before the beginning has been read over there.
  if (how === 'cut') setTimeout(() => socket.destroy(), 200)
}

/** Ends the connection below TLS, as anybody on the way can. */
function endTcp(socket: TLSSocket & { _handle?: { _parentWrap: Socket } }): void {
  socket._handle?._parentWrap.end()
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

  it('are handed on as they came, lists of links among them', async () => {
    const { text } = await ask('/hint-lists')
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\n/)
    expect(text).toContain(`\r\nLink: ${list}\r\nLink: ${list}\r\n\r\nHTTP/1.1 200 OK\r\n`)
  })

  it('cost nobody time, whatever they hold', async () => {
    const { text } = await ask('/hostile-hint')
    expect(text).toContain(`\r\nLink: ${hostileLink}\r\n\r\nHTTP/1.1 200 OK\r\n`)
  })

  it('are handed on as far as a head may be long', async () => {
    const { text } = await ask('/many-hints')
    expect(text.match(/103 Early Hints/g)).toHaveLength(4)
    expect(text).toMatch(/HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s)
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
    else expect(text).not.toMatch(/content-length/i)
  })
})

describe('the head of an answer', () => {
  it('keeps its bytes where it goes out before its body', async () => {
    let sendBody = () => {}
    onUnanswered = (socket) => {
      socket.write(Buffer.from(`${ok}X-Latin: caf\xe9 \x80\xff\r\nContent-Length: 2\r\n\r\n`, 'latin1'))
      sendBody = () => void socket.write('ok')
    }
    const connection = await openRaw(call.base)
    connection.socket.write(rawHead({ ...call, targetUrl: `${target.url}/unanswered` }))
    await connection.includes('\r\n\r\n')
    expect(connection.text).toContain('\r\nX-Latin: caf\xe9 \x80\xff\r\n')
    sendBody()
    const { text } = await connection.until((received) => received.endsWith('ok'))
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  it('has the target’s Date, or ours where it sent none', async () => {
    expect((await ask('/date')).text.match(/^date: .*\r$/gim)).toEqual(['Date: Thu, 01 Jan 2026 00:00:00 GMT\r'])
    const [own, ...others] = (await ask('/id')).text.match(/^date: .*\r$/gim) ?? []
    expect(others).toEqual([])
    expect(Math.abs(Date.parse(own?.slice(6) ?? '') - Date.now())).toBeLessThan(60_000)
  })

  it.each([
    ['/1.0', '1.0'],
    ['/id', '1.1'],
  ])('says in Via by which version of HTTP it came: %s', async (path, version) => {
    expect((await ask(path)).text).toContain(`\r\nVia: ${version} mtls-gateway\r\n`)
  })

  it('has no field by which only the gateway speaks, and none that others could take for its length', async () => {
    const { text } = await ask('/pretends')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toMatch(/^(lp-|content_)/im)
  })

  it('may have a length of many digits', async () => {
    expect((await ask('/long-length')).text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s)
  })
})

describe('the request id', () => {
  it('is ours in every answer, so that it can be found in the log', async () => {
    const { text } = await ask('/id')
    const ids = [...text.matchAll(/^x-request-id: (.*)\r$/gim)].map(([, id]) => id)
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
    const line = `"requestId":"${ids[0]}"`
    await eventually(
      () => system.readOutput(),
      (output) => output.includes(line),
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
    // Without the closure alert of TLS nobody knows whether it is whole.
    ['/cut-till-end', '1.1', 'closed'],
    ['/cut-till-end', '1.0', 'reset'],
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
