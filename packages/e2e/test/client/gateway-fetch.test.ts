import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Fetch, type GatewayFetchOptions, gatewayFetch, mappingBaseUrl } from '@mtls-gateway/client'
import { answerRequest, type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'
import { problemOf } from './problem-of.ts'

let system: SharedSystem
let tenant: Tenant
let target: TestTarget
let appKey: AppKey
let fetch: Fetch
/** Paths whose answer breaks off, by what is called when the connection of the call has ended. */
let onClosed: (url: string) => void = () => {}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost')
  response.once('close', () => onClosed(pathname))
  if (pathname === '/redirect') {
    response.writeHead(Number(searchParams.get('status')), { location: '/elsewhere' }).end('moved')
  } else if (pathname === '/own-problem') {
    response.writeHead(424, { 'content-type': 'application/problem+json', 'LP-answered-by': 'gateway' }).end('{}')
  } else if (pathname === '/zipped') {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('unzipped'))
  } else if (pathname === '/cookies') {
    response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end()
  } else if (pathname === '/endless') {
    response.writeHead(200).write('the beginning')
  } else if (pathname === '/unanswered') {
    request.resume()
  } else {
    await answerRequest(request, response)
  }
}

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({ requireClientCertificate: false, handler: answer })
  tenant = await system.newTenant()
  appKey = await tenant.newAppKey(['forward'])
  fetch = fetchWith()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

function fetchWith(options: Partial<GatewayFetchOptions> = {}): Fetch {
  const { appKey: key, appSecret } = appKey
  const forwarder = system.forwarderApi.url
  return gatewayFetch({ forwarder, account: tenant.id, service: 'IDP', appKey: key, appSecret, ...options })
}

async function echoOf(response: Response): Promise<EchoedRequest> {
  expect(response.status).toBe(200)
  return (await response.json()) as EchoedRequest
}

describe('a call', () => {
  it('presents the certificate that its url is mapped to', async () => {
    const url = `${target.url}/mapped?x=1`
    await tenant.onboard(await target.clientCa.issue({ commonName: 'brand' }), url)
    const answered = await fetch(`${url}#fragment`)
    expect({ url: answered.url, redirected: answered.redirected }).toEqual({ url, redirected: false })
    const { method, url: path, body, clientCertificate } = await echoOf(answered)
    expect({ method, path, body }).toEqual({ method: 'GET', path: '/mapped?x=1', body: '' })
    expect(clientCertificate?.commonName).toBe('brand')
  })

  it('names no service unless it has one', async () => {
    const { appKey: key, appSecret } = appKey
    const unnamed = gatewayFetch({ forwarder: system.forwarderApi.url, account: tenant.id, appKey: key, appSecret })
    const { clientCertificate } = await echoOf(await unnamed(`${target.url}/mapped?x=1`))
    expect(clientCertificate?.commonName).toBe('brand')
  })

  it('goes below the base url of a mapping, signed with whatever is in its path and query', async () => {
    const url = `${target.url}/base/*`
    const { mapping } = await tenant.onboard(await target.clientCa.issue({ commonName: 'base' }), url, 'base')
    const below = fetchWith({ mapping: mapping.id })
    const baseUrl = mappingBaseUrl({ forwarder: system.forwarderApi.url, account: tenant.id, mapping: mapping.id })
    const rest = "/a//b;c=1/%e2%82%ac/~!$&'(),:@?a=1&a=2&b=%20+%2B&&e=f=="
    const headers = { authorization: 'Basic dGhlaXJz' }
    for (const input of [rest, baseUrl + rest]) {
      const { url: path, clientCertificate, ...seen } = await echoOf(await below(input, { headers }))
      expect([path, clientCertificate?.commonName]).toEqual([`/base${rest}`, 'base'])
      expect(seen.headers.authorization).toBe('Basic dGhlaXJz')
    }
    const form = { method: 'POST', body: new URLSearchParams({ a: '1 & 2', ü: 'ö*~+' }) }
    expect(await echoOf(await below('form?x', form))).toMatchObject({ url: '/base/form?x', body: String(form.body) })
    expect(await problemOf(below('a%2fb'))).toMatchObject({ code: 'TARGET_URL_NOT_CANONICAL', status: 400 })
  })

  it('hands header fields on, credentials of the target among them, and none of the gateway’s', async () => {
    const headers = new Headers([
      ['X-One', '1'],
      ['Authorization', 'Basic dGhlaXJz'],
      ['Accept', 'text/plain'],
    ])
    const echo = await echoOf(await fetch(`${target.url}/headers`, { headers }))
    expect(echo.headers).toMatchObject({ 'x-one': '1', authorization: 'Basic dGhlaXJz', accept: 'text/plain' })
    expect(Object.keys(echo.headers).filter((name) => name.startsWith('lp-'))).toEqual([])
  })

  it.each(['GET', 'DELETE', 'POST', 'PUT', 'PATCH'])('by %s needs no body', async (method) => {
    expect(await echoOf(await fetch(`${target.url}/none`, { method }))).toMatchObject({ method, body: '' })
  })

  it('by HEAD has an answer without a body', async () => {
    const answered = await fetch(`${target.url}/head`, { method: 'HEAD' })
    expect({ status: answered.status, body: await answered.text() }).toEqual({ status: 200, body: '' })
    expect(Number(answered.headers.get('content-length'))).toBeGreaterThan(0)
  })
})

describe('a body', () => {
  const bytes = randomBytes(300_000)

  it.each<{ readonly what: string; readonly body: () => NonNullable<RequestInit['body']>; readonly type?: string }>([
    { what: 'text', body: () => 'Grüße' },
    { what: 'JSON', body: () => '{"amount":1}', type: 'application/json' },
    { what: 'an empty text', body: () => '' },
    { what: 'an empty form', body: () => new URLSearchParams() },
    { what: 'a form', body: () => new URLSearchParams({ a: '1 & 2', b: 'Grüße', c: '' }) },
    { what: 'a form as text', body: () => 'b=2&a=1%20x&a=+&empty=', type: 'application/x-www-form-urlencoded' },
    {
      what: 'a form that is no UTF-8',
      body: () => Uint8Array.from(Buffer.from('n\xe4me=%E4+%FF&empty', 'latin1')),
      type: 'application/x-www-form-urlencoded',
    },
    { what: 'bytes', body: () => new Uint8Array(bytes) },
    { what: 'a buffer', body: () => new Uint8Array(bytes).buffer },
    { what: 'part of a buffer', body: () => new Uint8Array(bytes).subarray(10, 20) },
    { what: 'a blob', body: () => new Blob([new Uint8Array(bytes)], { type: 'image/png' }) },
  ])('comes back as it went: $what', async ({ body, type }) => {
    const headers = type === undefined ? {} : { 'content-type': type }
    const expected = new Request(target.url, { method: 'POST', body: body(), headers })
    const answered = await fetch(`${target.url}/echo`, { method: 'POST', body: body(), headers })
    expect(answered.status).toBe(200)
    const sentType = expected.headers.get('content-type') ?? 'application/octet-stream'
    expect(answered.headers.get('content-type')).toBe(sentType)
    expect(Buffer.from(await answered.arrayBuffer())).toEqual(Buffer.from(await expected.arrayBuffer()))
  })

  it('may be a form with files', async () => {
    const form = new FormData()
    form.append('name', 'value')
    form.append('file', new Blob(['bytes']), 'a.txt')
    const answered = await fetch(`${target.url}/echo`, { method: 'POST', body: form })
    const returned = await answered.formData()
    expect(returned.get('name')).toBe('value')
    expect(await (returned.get('file') as File).text()).toBe('bytes')
  })

  it('may be that of a Request, also a form, which is signed', async () => {
    const text = new Request(`${target.url}/echo`, { method: 'PUT', body: 'theirs', headers: { 'x-a': '1' } })
    expect(await (await fetch(text)).text()).toBe('theirs')
    const form = new Request(`${target.url}/echo`, { method: 'POST', body: new URLSearchParams({ a: '1' }) })
    expect(await (await fetch(form)).text()).toBe('a=1')
    const other = new Request(`${target.url}/asked`, { headers: { 'x-a': '1' } })
    const { method, body, headers } = await echoOf(await fetch(other, { method: 'POST', body: 'from init' }))
    expect({ method, body, header: headers['x-a'] }).toEqual({ method: 'POST', body: 'from init', header: '1' })
  })

  it('that is a stream goes out while it comes, and the answer comes in meanwhile', async () => {
    const encoder = new TextEncoder()
    let sendRest = () => {}
    const rest = new Promise<void>((resolve) => {
      sendRest = resolve
    })
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(encoder.encode('first half'))
        await rest
        controller.enqueue(encoder.encode(', second half'))
        controller.close()
      },
    })
    const answered = await fetch(`${target.url}/echo`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    const received: string[] = []
    for await (const chunk of answered.body ?? []) {
      received.push(Buffer.from(chunk).toString('utf8'))
      sendRest()
    }
    expect(received.join('')).toBe('first half, second half')
    expect(received.length).toBeGreaterThan(1)
  })
})

describe('an answer', () => {
  it.each([301, 302, 303, 307, 308])('that is a redirect is handed back: %i', async (status) => {
    target.clear()
    const answered = await fetch(`${target.url}/redirect?status=${status}`, { method: 'POST', body: 'x' })
    expect(answered.status).toBe(status)
    expect(answered.headers.get('location')).toBe('/elsewhere')
    expect(await answered.text()).toBe('moved')
    expect(target.seen).toHaveLength(1)
  })

  it.each([204, 304])('may have no body: %i', async (status) => {
    const answered = await fetch(`${target.url}/status/${status}`)
    expect({ status: answered.status, body: await answered.text() }).toEqual({ status, body: '' })
  })

  it.each([400, 401, 424, 429, 503])('of the target is one, whatever its status: %i', async (status) => {
    target.clear()
    expect((await fetch(`${target.url}/status/${status}`)).status).toBe(status)
    expect(target.seen).toHaveLength(1)
  })

  it('of the target can not pass for one of the gateway', async () => {
    expect((await fetch(`${target.url}/own-problem`)).status).toBe(424)
  })

  it('is unzipped as it is by fetch, and keeps fields that come twice', async () => {
    expect(await (await fetch(`${target.url}/zipped`)).text()).toBe('unzipped')
    expect((await fetch(`${target.url}/cookies`)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })
})

describe('a signal', () => {
  const reason = new Error('no longer needed')

  function closing(path: string): Promise<void> {
    return new Promise((resolve) => {
      onClosed = (closed) => closed === path && resolve()
    })
  }

  it('that has come already sends nothing', async () => {
    target.clear()
    await expect(fetch(target.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const signal = AbortSignal.abort(reason)
    await expect(fetch(new Request(target.url, { signal }))).rejects.toBe(reason)
    expect(target.seen).toEqual([])
  })

  it('ends a call before its answer, at the target too', async () => {
    const closed = closing('/unanswered')
    target.clear()
    const controller = new AbortController()
    const call = fetch(`${target.url}/unanswered`, { signal: controller.signal })
    const timer = setInterval(() => target.seen.length > 0 && controller.abort(reason), 10)
    await expect(call).rejects.toBe(reason)
    clearInterval(timer)
    await closed
  })

  it.each(['init', 'request'])('ends a call during its answer, at the target too: by %s', async (by) => {
    const closed = closing('/endless')
    const controller = new AbortController()
    const { signal } = controller
    const url = `${target.url}/endless`
    const answered = await (by === 'init' ? fetch(url, { signal }) : fetch(new Request(url, { signal })))
    const reader = answered.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('the beginning')
    const next = reader?.read()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    await closed
  })
})

describe('a refusal of the gateway', () => {
  it('has the code of why the target is not reached', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as { port: number }
    closed.close()
    await once(closed, 'close')
    const url = `https://localhost:${port}/`
    const unreachable = { code: 'TARGET_UNREACHABLE', status: 424 }
    const problem = await problemOf(fetchWith({ repeats: 0 })(url))
    expect(problem).toMatchObject({ ...unreachable, problem: { transportCode: 'ECONNREFUSED', phase: 'connect' } })
    const head = await problemOf(fetch(url, { method: 'HEAD' }))
    expect(head).toMatchObject({ ...unreachable, detail: problem.detail, problem: { transportCode: 'ECONNREFUSED' } })
  })

  it('has its code', async () => {
    expect(await problemOf(fetch('http://bank.example/'))).toMatchObject({ code: 'TARGET_URL_NOT_HTTPS', status: 400 })
    const wrong = fetchWith({ appSecret: 'wrong' })
    expect(await problemOf(wrong(target.url))).toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID', status: 401 })
    const strict = fetchWith({ stopIfCertificateNotFound: true })
    expect(await problemOf(strict(`${target.url}/unmapped`))).toMatchObject({ code: 'NO_CERTIFICATE_FOR_CALL' })
    expect(await problemOf(fetch(target.url, { method: 'OPTIONS' }))).toMatchObject({ code: 'METHOD_NOT_ALLOWED' })
  })

  it('has its code where a mapping can not be used', async () => {
    const url = `${target.url}/disabled`
    const other = await system.newTenant()
    const { id } = await other.saveCertificate('c1', await target.clientCa.issue({ commonName: 'disabled' }))
    await other.map({ certificationId: id, serviceId: 'IDP', url, name: 'm1', enable: false })
    const call = fetchWith({ account: other.id, ...(await other.newAppKey()) })(url)
    expect(await problemOf(call)).toMatchObject({ code: 'MAPPING_DISABLED', status: 424 })
  })
})
