import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { get as getPlain } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Socket, TcpNetConnectOpts } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort, type LocalServer, type Replacements, serve, withTools } from '@mtls-gateway/test-kit'
import { type Edge, type EdgeService, type FixedEdge, startEdge, startFixedEdge } from '../support/edge.ts'
import { root } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'

const MIB = 1024 * 1024
/** Requests to `/together` that are answered once as many are there. */
const together = 100

/** As large as a session may become (docs/console.md), in cookies that browsers take. */
const cookies = ['a', 'b', 'c'].map((name) => `${name}=${name.repeat(3_990)}`)

withTools(describe, 'nginx')('nginx with the shipped configuration', () => {
  const opened = new AsyncDisposableStack()
  let edge: Edge
  beforeAll(async () => {
    edge = await startEdge(opened, {
      configApi: await startEcho(opened, 'config-api'),
      forwarderApi: await startEcho(opened, 'forwarder-api'),
      console: await startEcho(opened, 'console'),
    })
  })
  afterAll(() => opened.disposeAsync())

  it('passes each port to its service, with the address of the caller', async () => {
    for (const [url, name] of [
      [edge.configApi, 'config-api'],
      [edge.forwarderApi, 'forwarder-api'],
      [edge.console, 'console'],
    ] as const) {
      const { status, seen } = await get(url, { 'x-forwarded-for': '203.0.113.7' })
      expect([status, seen.name, seen.headers['x-forwarded-for']]).toEqual([200, name, '127.0.0.1'])
    }
  })

  it('takes callers by IPv6 wherever the machine has it', async () => {
    const { port } = new URL(edge.forwarderApi)
    const socket = connect({ host: '::1', port: Number(port), servername: 'localhost', ca: edge.ca })
    const isTaken = await once(socket, 'secureConnect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
    expect(isTaken).toBe(hasIpv6)
  })

  it('needs few connections to a service for many requests, and for the questions whether it is ready', async () => {
    const connections = async () => (await get(edge.forwarderApi, {})).seen.connections
    const before = await connections()
    for (let requests = 0; requests < 20; requests++) await connections()
    expect((await connections()) - before).toBeLessThan(4)
  })

  it('needs no new ones where as many requests come at once again', async () => {
    const agent = new Agent({ keepAlive: true })
    const ask = async () => (await get(`${edge.forwarderApi}/together`, {}, agent)).seen.together
    const burst = async () => Math.max(...(await Promise.all(Array.from({ length: together }, ask))))
    expect(await burst()).toBe(together)
    expect(await burst()).toBe(together)
    agent.destroy()
  })

  it('has room for the largest session of the console, both ways', async () => {
    const { status, headers } = await get(`${edge.console}/set-cookies`, {})
    expect([status, headers['set-cookie']]).toEqual([200, cookies])
    const { seen } = await get(edge.console, { cookie: cookies.join('; ') })
    expect(seen.headers.cookie).toBe(cookies.join('; '))
  })

  async function get(url: string, headers: Readonly<Record<string, string>>, agent: Agent | false = false) {
    const options: RequestOptions = { ca: edge.ca, headers, agent }
    const [answer] = await once(request(url, options).end(), 'response')
    return { status: answer.statusCode, headers: answer.headers, seen: JSON.parse(await text(answer)) }
  }
})

withTools(describe, 'nginx')('the server of docs/issuers.md for proofs of names', () => {
  const opened = new AsyncDisposableStack()
  afterAll(() => opened.disposeAsync())

  it('leads to config-api for them, and nowhere for anything else', async () => {
    const docs = await readFile(join(root, 'docs/issuers.md'), 'utf8')
    const [, server = ''] = /```nginx\n([^`]+)```/.exec(docs) ?? []
    const port = await freePort()
    const last = 'server {\n    listen 127.0.0.1:8082'
    const listening = server.replace('listen 80;', `listen 127.0.0.1:${port};`)
    const none = await startEcho(opened, 'none')
    const configApi = await startEcho(opened, 'config-api')
    await startEdge(opened, { configApi, forwarderApi: none }, [[last, `${listening}\n${last}`]])
    const ask = async (path: string) => {
      const [answer] = await once(getPlain({ port, path, agent: false }), 'response')
      return { status: answer.statusCode, body: await text(answer) }
    }
    const { status, body } = await ask('/.well-known/acme-challenge/DGyRejmCefe7v4NfDGDKfA')
    expect([status, JSON.parse(body).name]).toEqual([200, 'config-api'])
    for (const path of ['/', '/mtls/account/le123/certificates', '/.well-known/acme-challenge/../../mtls']) {
      expect((await ask(path)).status).toBe(404)
    }
  })
})

withTools(describe, 'nginx')('what the edge bounds, and what it lets through', () => {
  const opened = new AsyncDisposableStack()
  const uploads: { pieces: number; bytes: number; ended: boolean }[] = []
  const questions: IncomingHttpHeaders[] = []
  const paths: string[] = []
  let hanging = 0
  let forwarder: LocalServer
  let edge: FixedEdge
  beforeAll(async () => {
    forwarder = opened.adopt(await serve(answerForwarder), (server) => server.close())
    edge = await startFixedEdge(opened, [forwarder.url])
  })
  afterAll(() => opened.disposeAsync())

  function answerForwarder(incoming: IncomingMessage, response: ServerResponse): void {
    const path = incoming.url ?? ''
    paths.push(path)
    if (path === '/health/ready') questions.push(incoming.headers)
    if (path.startsWith('/mtls/account/broken-off')) return void response.destroy()
    if (path === '/mtls/account/hangs') return void hanging++
    if (path === '/mtls/account/refused') return void response.writeHead(401).end()
    if (path === '/mtls/account/download') return void Readable.from(pieces()).pipe(response)
    const upload = { pieces: 0, bytes: 0, ended: false }
    if (path === '/mtls/account/upload') uploads.push(upload)
    incoming.on('data', (piece: Buffer) => {
      upload.pieces++
      upload.bytes += piece.length
    })
    incoming.on('end', () => {
      upload.ended = true
      response.end('taken')
    })
  }

  /** 64 MiB. */
  function* pieces(): Iterable<Buffer> {
    const piece = Buffer.alloc(MIB, 'x')
    for (let count = 0; count < 64; count++) yield piece
  }

  const send = (url: string, options: RequestOptions = {}) => request(url, { ca: edge.ca, agent: false, ...options })
  const answerTo = async (url: string, options: RequestOptions = {}) => {
    const [answer] = (await once(send(url, options).end(), 'response')) as [IncomingMessage]
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
  }

  it('a body in 20,000 pieces of a byte reaches the service in few, the first of them before the body ends', async () => {
    const crumbs = '1\r\nx\r\n'.repeat(20_000)
    const call = send(`${edge.forwarderApi}/mtls/account/upload`, { method: 'POST' })
    call.flushHeaders()
    const [socket] = (await once(call, 'socket')) as [Socket]
    await once(socket, 'secureConnect')
    socket.write(crumbs)
    const upload = await eventually(
      async () => uploads.at(-1),
      (seen) => seen?.bytes === 20_000,
    )
    expect(upload?.ended).toBe(false)
    expect(upload?.pieces).toBeLessThan(200)
    socket.write('0\r\n\r\n')
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    expect(await text(answer)).toBe('taken')
  })

  it('the question whether a service is ready announces no body, whatever the request has', async () => {
    questions.length = 0
    const call = send(`${edge.forwarderApi}/mtls/account/upload`, {
      method: 'POST',
      headers: { 'content-length': '4' },
    })
    await once(call.end('body'), 'response')
    expect(questions).toHaveLength(1)
    expect(questions[0]).not.toHaveProperty('content-length')
    expect(questions[0]).not.toHaveProperty('transfer-encoding')
    expect(questions[0]).toMatchObject({ 'x-forwarded-for': '127.0.0.1', host: new URL(edge.forwarderApi).host })
  })

  it('64 MiB pass in each direction', async () => {
    const call = send(`${edge.forwarderApi}/mtls/account/upload`, { method: 'POST' })
    Readable.from(pieces()).pipe(call)
    const [taken] = (await once(call, 'response')) as [IncomingMessage]
    expect([taken.statusCode, await text(taken)]).toEqual([200, 'taken'])
    expect(uploads.at(-1)?.bytes).toBe(64 * MIB)
    const [given] = (await once(send(`${edge.forwarderApi}/mtls/account/download`).end(), 'response')) as [
      IncomingMessage,
    ]
    let bytes = 0
    for await (const piece of given) bytes += piece.length
    expect(bytes).toBe(64 * MIB)
  })

  it('an address that sends too many requests gets 429 with a code and Retry-After, and another one is served', async () => {
    const few: Replacements = [
      ['rate=1000r/s', 'rate=1r/m'],
      ['burst=1000', 'burst=3'],
    ]
    const strict = await startFixedEdge(opened, [forwarder.url], few)
    const url = `${strict.forwarderApi}/mtls/account/le123`
    const answers = []
    for (let count = 0; count < 6; count++) answers.push(await answerTo(url, { ca: strict.ca }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    const { headers, body } = answers[5] ?? {}
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'lp-answered-by': 'gateway',
      'retry-after': '1',
    })
    expect(JSON.parse(body ?? '')).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    const other = { ca: strict.ca, localAddress: '127.0.0.2', host: '127.0.0.1', servername: 'localhost' }
    expect(await answerTo(url, { ...other, headers: { host: 'localhost' } })).toMatchObject({ status: 200 })
  })

  it('counts the addresses of an IPv6 subscriber together', async () => {
    const few: Replacements = [
      ['rate=1000r/s', 'rate=1r/m'],
      ['burst=1000', 'burst=1'],
      ['server_tokens off;', 'server_tokens off; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;'],
    ]
    const strict = await startFixedEdge(opened, [forwarder.url], few)
    const statusFor = async (address: string) => {
      const headers = { 'x-forwarded-for': address }
      return (await answerTo(`${strict.forwarderApi}/mtls/account/le123`, { ca: strict.ca, headers })).status
    }
    // The last byte of the second one is a line feed.
    for (const address of ['2001:db8:0:1ff::1', '2001:db8:0:100::a']) expect(await statusFor(address)).toBe(200)
    expect(await statusFor('2001:db8:0:1aa:1:2:3:4')).toBe(429)
    expect(await statusFor('2001:db8:0:200::1')).toBe(200)
  })

  it.each([
    ['an address', ['limit_conn connections 1000', 'limit_conn connections 2'], '127.0.0.1', 'le123'],
    ['an account', ['limit_conn accounts 400', 'limit_conn accounts 2'], '127.0.0.2', 'hangs'],
  ] as const)('%s with too many requests at once gets 429 for those beyond', async (_, replaced, from, account) => {
    const strict = await startFixedEdge(opened, [forwarder.url], [replaced])
    const already = hanging
    const calls = [1, 2].map(() => send(`${strict.forwarderApi}/mtls/account/hangs`, { ca: strict.ca }))
    // nginx waits for them when it is stopped.
    opened.defer(() => calls.forEach((call) => void call.destroy()))
    for (const call of calls) call.on('error', () => {}).end()
    await eventually(
      async () => hanging,
      (count) => count === already + 2,
    )
    const answer = (localAddress: string, path: string) =>
      answerTo(`${strict.forwarderApi}/mtls/account/${path}`, {
        ...{ ca: strict.ca, localAddress, host: '127.0.0.1', servername: 'localhost' },
        headers: { host: 'localhost' },
      })
    const refused = await answer(from, account)
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, 'RATE_LIMITED'])
    expect(await answer('127.0.0.3', 'le124')).toMatchObject({ status: 200 })
    for (const call of calls) call.destroy()
    await eventually(
      () => answer('127.0.0.1', 'le123'),
      ({ status }) => status === 200,
    )
  })

  it('an address whose bodies go on after the answer keeps nobody else from an account', async () => {
    const strict = await startFixedEdge(
      opened,
      [forwarder.url],
      [
        ['limit_conn accounts 400', 'limit_conn accounts 3'],
        ['limit_conn callers_of_accounts 300', 'limit_conn callers_of_accounts 2'],
      ],
    )
    const { hostname, port } = new URL(strict.forwarderApi)
    const answered = async () => {
      // It does not close its side either, so nginx goes on reading. The type of TLS leaves out what is of TCP.
      const options: ConnectionOptions & TcpNetConnectOpts = {
        ...{ host: hostname, port: Number(port), localAddress: '127.0.0.2', allowHalfOpen: true },
        ...{ servername: 'localhost', ca: strict.ca },
      }
      const socket = connect(options)
      opened.defer(() => void socket.destroy())
      socket
        .on('error', () => {})
        .write('POST /mtls/account/refused HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n')
      const [head] = (await once(socket, 'data')) as [Buffer]
      return head.toString('latin1', 9, 12)
    }
    expect([await answered(), await answered(), await answered()]).toEqual(['401', '401', '429'])
    const other = { ca: strict.ca, localAddress: '127.0.0.1', host: '127.0.0.1', servername: 'localhost' }
    const url = `${strict.forwarderApi}/mtls/account/refused`
    expect(await answerTo(url, { ...other, headers: { host: 'localhost' } })).toMatchObject({ status: 401 })
  })

  it('a head that is too large is refused before any service sees it', async () => {
    const headers = { 'x-large': 'x'.repeat(17_000) }
    const refused = { status: 400, headers: { 'lp-answered-by': 'gateway' } }
    const field = await answerTo(`${edge.forwarderApi}/mtls/account/le123?q=canary-query`, { headers })
    const line = await answerTo(`${edge.forwarderApi}/mtls/account/${'x'.repeat(17_000)}`)
    expect([field, line]).toMatchObject([refused, refused])
    const limit = { code: 'LIMIT_EXCEEDED', field: 'headers', limit: 16_384 }
    expect([field, line].map(({ body }) => JSON.parse(body))).toMatchObject([limit, limit])
    const records = await eventually(edge.records, (all) => all.filter(({ status }) => status === '400').length >= 2)
    const ofRefused = records.filter(({ status }) => status === '400')
    expect(ofRefused.map(({ instance }) => instance)).toEqual(['', ''])
    expect(ofRefused.map(({ path }) => path)).toContain('/mtls/account/le123')
  })

  it.each([
    ['a request line that is none', 'GET\r\n\r\n'],
    ['a method that is none', 'G?T / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a request for a tunnel', 'CONNECT target:443 HTTP/1.1\r\nHost: target:443\r\n\r\n'],
    ['TRACE', 'TRACE /mtls/account/le123 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two framings', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['an unknown framing', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n'],
    ['another version', 'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n'],
  ])('%s is refused as the gateway’s own answer, with a code', async (_, sent) => {
    const [head = '', body = ''] = (await receivedFor(edge, sent)).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 400 .*\r\nContent-Type: application\/problem\+json.*\r\nLP-answered-by: gateway/s)
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' })
  })

  it('plain HTTP on a port with TLS is refused the same way', async () => {
    const { port } = new URL(edge.forwarderApi)
    const [answer]: IncomingMessage[] = await once(getPlain(`http://127.0.0.1:${port}/`), 'response')
    expect([answer?.statusCode, answer?.headers['lp-answered-by']]).toEqual([400, 'gateway'])
    expect(JSON.parse(await text(answer as IncomingMessage)).code).toBe('MALFORMED_REQUEST')
  })

  it('a head that does not come is given up, and so is a body that pauses', async () => {
    const soon: Replacements = [
      ['client_header_timeout 20s', 'client_header_timeout 1s'],
      ['client_body_timeout 60s', 'client_body_timeout 1s'],
    ]
    const strict = await startFixedEdge(opened, [forwarder.url], soon)
    const head = 'POST /mtls/account/upload HTTP/1.1\r\nHost: localhost\r\n'
    expect(await receivedFor(strict, head)).toBe('')
    expect(await receivedFor(strict, `${head}Content-Length: 10\r\n\r\nhalf`)).toBe('')
  })

  it('behind a proxy that it is told of, it knows callers by the addresses that the proxy reports', async () => {
    const proxy = 'server_tokens off; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;'
    const behind = await startFixedEdge(opened, [forwarder.url], [['server_tokens off;', proxy]])
    const headers = { 'x-forwarded-for': '198.51.100.7' }
    await answerTo(`${behind.forwarderApi}/mtls/account/le123`, { ca: behind.ca, headers })
    const records = await eventually(behind.records, (all) => all.length > 0)
    expect(records.map(({ address }) => address)).toEqual(['198.51.100.7'])
  })

  it('the access log names who came, strangers too, without queries and credentials', async () => {
    const headers = { authorization: 'OAuth oauth_consumer_key="canary-key"', cookie: 'canary-cookie' }
    await answerTo(`${edge.forwarderApi}/mtls/account/recorded?q=canary-query`, { headers })
    await receivedFor(edge, 'GET /mtls/account/marked#canary-mark HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await answerTo(`${edge.forwarderApi}/mtls/account/broken-off-recorded`)
    const records = await eventually(edge.records, (all) =>
      all.some(({ path }) => path.includes('broken-off-recorded')),
    )
    expect(records.find(({ path }) => path === '/mtls/account/recorded')).toMatchObject({
      address: '127.0.0.1',
      method: 'GET',
      status: '200',
      instance: new URL(forwarder.url).host,
    })
    expect(records.map(({ path }) => path)).toContain('/mtls/account/marked')
    expect(JSON.stringify(records)).not.toContain('canary')
  })

  it('a call by base url passes as it is written, and neither log has the path of its target', async () => {
    const path = '/mtls/account/le123/to/7/canary-path//%2Fa%2e/~%e2%82%ac?canary-query=/../x'
    expect(await answerTo(edge.forwarderApi + path)).toMatchObject({ status: 200, body: 'taken' })
    expect(paths).toContain(path)
    const doubled = ['//mtls/account/slash1/to/7', '/mtls/account/slash2//to/7', '/mtls//account/slash3/to/']
    for (const base of doubled) await answerTo(`${edge.forwarderApi}${base}/canary-path`)
    const broken = '/mtls/account/broken-off-base/to/7/canary-path?canary-query'
    expect(await answerTo(edge.forwarderApi + broken)).toMatchObject({ status: 502 })
    const records = await eventually(edge.records, (all) =>
      all.some(({ status, path }) => status === '502' && path.includes('-base')),
    )
    expect(records.map((record) => record.path)).toEqual(
      expect.arrayContaining(['/mtls/account/le123/to/7', '/mtls/account/broken-off-base/to/7', ...doubled]),
    )
    expect(JSON.stringify(records) + edge.log()).not.toContain('canary-path')
    expect(edge.log()).not.toContain('broken-off-base')
  })

  it('what nginx answers itself is marked as the gateway’s own, and says whether a call may have been made', async () => {
    const broken = await answerTo(`${edge.forwarderApi}/mtls/account/broken-off`)
    expect(broken).toMatchObject({ status: 502, headers: { 'lp-answered-by': 'gateway' } })
    expect(JSON.parse(broken.body).detail).toContain('may have reached its target')
    const alone = await startFixedEdge(opened, ['http://127.0.0.1:1'])
    const none = await answerTo(`${alone.forwarderApi}/mtls/account/le123`, { ca: alone.ca })
    expect(none).toMatchObject({ status: 503, headers: { 'lp-answered-by': 'gateway', 'retry-after': '1' } })
  })
})

it('a host finds the process of nginx where its package keeps it, and nothing of it in /tmp', async () => {
  const shipped = await readFile(join(root, 'infra/nginx/nginx.conf'), 'utf8')
  expect(shipped).not.toMatch(/^\s*(pid|\w+_temp_path)\s|\/tmp\//m)
})

/** All that its forwarder's port sends to whoever writes just this, until the connection closes. */
async function receivedFor({ forwarderApi, ca }: Edge, sent: string): Promise<string> {
  const { hostname, port } = new URL(forwarderApi)
  const socket = connect({ host: '127.0.0.1', port: Number(port), servername: hostname, ca })
  socket.write(sent)
  let received = ''
  socket.setEncoding('latin1').on('data', (piece: string) => {
    received += piece
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return received
}

/** A service that answers with its name, the header fields that it got and the port that they came from. */
async function startEcho(opened: AsyncDisposableStack, name: string): Promise<EdgeService> {
  const ports = new Set<number | undefined>()
  const portsOfTogether = new Set<number | undefined>()
  let waiting: (() => void)[] = []
  const echo = await serve(({ url, headers, socket }, response) => {
    ports.add(socket.remotePort)
    if (url === '/set-cookies') response.setHeader('set-cookie', cookies)
    const counts = () => ({ connections: ports.size, together: portsOfTogether.size })
    const answer = () => response.end(JSON.stringify({ name, headers, ...counts() }))
    if (url !== '/together') return void answer()
    portsOfTogether.add(socket.remotePort)
    waiting.push(answer)
    if (waiting.length < together) return
    for (const each of waiting) each()
    waiting = []
  })
  opened.defer(() => echo.close())
  const { hostname, port } = new URL(echo.url)
  return { addresses: [hostname], port: Number(port) }
}
