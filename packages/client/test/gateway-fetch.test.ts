import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { forwardOperations, problemCodes } from '@mtls-gateway/contract'
import { refusedBeforeSending } from '../src/gateway-fetch/repetition.ts'
import { type GatewayFetchOptions, gatewayFetch, mappingBaseUrl, unnamedProblem } from '../src/index.ts'
import { type RecordedRequest, sendProblem, startServer } from './recording-server.ts'

const target = 'https://bank.example/token'
const appKey = { account: 'le1', service: 'IDP', appKey: 'le1.k1', appSecret: 'secret' }

async function start(
  answer: (response: ServerResponse, count: number) => void,
  options: Partial<GatewayFetchOptions> = {},
) {
  const server = await startServer(answer)
  return { server, fetch: gatewayFetch({ forwarder: server.url, ...appKey, ...options }) }
}

const ok = (response: ServerResponse) => void response.end('ok')

/** Refuses the first so many calls, then answers. */
const after =
  (refusals: number, code = 'RATE_LIMITED', more: Record<string, unknown> = {}) =>
  (response: ServerResponse, count: number) => {
    const headers = { 'retry-after': '0' }
    if (count > refusals) ok(response)
    else sendProblem(response, { status: 429, code, headers, ...more })
  }

function nonceOf({ headers }: RecordedRequest): string | undefined {
  return /oauth_nonce="([^"]+)"/.exec(headers.authorization ?? '')?.[1]
}

it('calls no gateway over http beyond this machine, unless that is allowed', () => {
  const forwarder = 'http://forwarder.example'
  expect(() => gatewayFetch({ forwarder, ...appKey })).toThrow(/must begin with https:.* allowHttp/)
  expect(() => gatewayFetch({ forwarder, ...appKey, allowHttp: true })).not.toThrow()
})

describe('a call', () => {
  it('names target and service, and signs what it names', async () => {
    const { server, fetch } = await start(ok, { stopIfCertificateNotFound: true })
    await fetch(`${target}?x=1#fragment`, { headers: { authorization: 'Bearer theirs', 'x-a': '1' } })
    const [request] = server.requests
    const named = {
      'lp-authorization-override': 'Bearer theirs',
      'lp-forward-url': `${target}?x=1`,
      'lp-service-name': 'IDP',
      'lp-stop-if-certificate-not-found': 'true',
    }
    const lines = Object.entries(named).map(([name, value]) => `${name}:${value}\n`)
    const hash = createHash('sha256').update(lines.join('')).digest('base64url')
    expect(request).toMatchObject({ method: 'GET', url: `/mtls/account/le1?lp_hash=${hash}`, headers: named })
    expect(request?.headers).toMatchObject({ 'x-a': '1' })
    expect(request?.headers.authorization).toMatch(/^OAuth /)
  })

  const base = '/mtls/account/le1/to/7'
  it.each([
    ['', base],
    ['/', `${base}/`],
    ['?x', `${base}?x`],
    ['a/b?x=1#part', `${base}/a/b?x=1`],
    ['/ä?', `${base}/%C3%A4?`],
  ])('by a mapping goes below its base url: %j', async (path, url) => {
    const { server, fetch } = await start(ok, { mapping: 7 })
    const baseUrl = mappingBaseUrl({ forwarder: `${server.url}/`, account: 'le1', mapping: '7' })
    const whole = new URL(`${baseUrl}${/^\w/.test(path) ? '/' : ''}${path}`)
    for (const input of [path, whole, new Request(whole)]) await fetch(input, { headers: { authorization: 'theirs' } })
    for (const request of server.requests) {
      const named = { 'lp-authorization-override': 'theirs', 'lp-service-name': 'IDP' }
      const lines = Object.entries(named).map(([name, value]) => `${name}:${value}\n`)
      const hash = createHash('sha256').update(lines.join('')).digest('base64url')
      expect(request).toMatchObject({ url: `${url}${url.includes('?') ? '&' : '?'}lp_hash=${hash}`, headers: named })
      expect(request.headers['lp-forward-url']).toBeUndefined()
    }
    expect(server.requests).toHaveLength(3)
  })

  it.each(['../8/a', '/a/../../8', '%2e%2e/8', target])(
    'by a mapping does not leave its base url: %j',
    async (input) => {
      const { server, fetch } = await start(ok, { mapping: 7 })
      await expect(fetch(input)).rejects.toThrow(TypeError)
      expect(server.requests).toEqual([])
    },
  )

  it('goes by a token where there is one', async () => {
    const server = await startServer(ok)
    const options = { forwarder: server.url, account: 'le1', service: 'IDP', token: async () => 'secret' }
    await gatewayFetch(options)(target, { method: 'POST', body: 'a body' })
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret')
  })

  it.each([{ token: 'secret' }, { clientCertificate: true }] as const)(
    'has nothing in its query that its target does not know, where nothing is signed: %j',
    async (credentials) => {
      const server = await startServer(ok)
      const fetch = gatewayFetch({ forwarder: server.url, account: 'le1', mapping: 7, ...credentials })
      for (const path of ['', 'a?b']) await fetch(path)
      expect(server.requests.map(({ url }) => url)).toEqual([base, `${base}/a?b`])
    },
  )

  it('has an answer that is from the target’s url', async () => {
    const { fetch } = await start(ok)
    expect((await fetch(new URL(`${target}#fragment`))).url).toBe(target)
  })

  it('is what a Request says that stands in the place of init', async () => {
    const { server, fetch } = await start(ok)
    const headers = { 'content-type': 'application/json', 'x-a': '1' }
    const init = new Request('https://other.example/', { method: 'POST', headers, body: '{}' })
    await fetch(target, init)
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: '{}',
      headers: { ...headers, 'lp-forward-url': target },
    })
    const reason = new Error('no longer needed')
    const ended = new Request(target, { signal: AbortSignal.abort(reason) })
    await expect(fetch(target, ended)).rejects.toBe(reason)
  })

  it.each([
    { type: 'application/x-www-form-urlencoded', aborts: 'while its form is read' },
    { type: 'application/x-www-form-urlencoded', aborts: 'before its form is read' },
    { type: 'application/octet-stream', aborts: 'before its stream is read' },
  ])('tells the source of its body that it was aborted $aborts', async ({ type, aborts }) => {
    const { server, fetch } = await start(ok)
    const controller = new AbortController()
    const reason = new Error('no longer needed')
    if (aborts.startsWith('before')) controller.abort(reason)
    const { promise: cancelled, resolve } = Promise.withResolvers<unknown>()
    const pull = (source: ReadableStreamDefaultController) => {
      source.enqueue(new TextEncoder().encode('a='))
      controller.abort(reason)
    }
    const body = new ReadableStream({ pull, cancel: resolve }, { highWaterMark: 0 })
    const init = { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' } as const
    await expect(fetch(target, { ...init, signal: controller.signal })).rejects.toBe(reason)
    expect(await cancelled).toBe(reason)
    expect(server.requests).toEqual([])
  })

  it('fails by a redirect where it says so', async () => {
    const { fetch } = await start((response) => response.writeHead(302, { location: '/' }).end())
    await expect(fetch(target, { redirect: 'error' })).rejects.toThrow(TypeError)
  })

  it('fails as a call of fetch does where its input is wrong', async () => {
    const { server, fetch } = await start(ok)
    await expect(fetch('not a url')).rejects.toThrow(TypeError)
    await expect(fetch(target, { body: 'a body' })).rejects.toThrow(TypeError)
    expect(server.requests).toEqual([])
  })
})

describe('an answer of the gateway', () => {
  it.each([400, 401, 424, 429, 500, 503])('rejects with its code: %i', async (status) => {
    const { fetch } = await start((response) => sendProblem(response, { status, code: 'SOME_CODE' }))
    await expect(fetch(target)).rejects.toMatchObject({ name: 'GatewayProblem', code: 'SOME_CODE', status })
  })

  it('without the marker is the target’s, whatever it looks like', async () => {
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '0' }
    const { server, fetch } = await start((response) => response.writeHead(429, headers).end('{"code":"RATE_LIMITED"}'))
    expect((await fetch(target)).status).toBe(429)
    expect(server.requests).toHaveLength(1)
  })

  it('to HEAD has the code that its header fields tell, or none', async () => {
    const unreachable = { 'lp-error-from-transport': 'ECONNREFUSED', 'lp-message-from-transport': 'It is down.' }
    const { fetch } = await start((response, count) =>
      sendProblem(response, { status: 424, code: 'unseen', ...(count === 1 && { headers: unreachable }) }),
    )
    const head = () => fetch(target, { method: 'HEAD' })
    const problem = expect.objectContaining({ transportCode: 'ECONNREFUSED' })
    await expect(head()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', detail: 'It is down.', problem })
    await expect(head()).rejects.toMatchObject({ code: unnamedProblem, status: 424 })
  })
})

describe('a call that was certainly not sent', () => {
  it.each(refusedBeforeSending)('is repeated with a new nonce: %s', async (code) => {
    const { server, fetch } = await start(after(2, code))
    expect(await (await fetch(target, { method: 'POST', body: 'a body' })).text()).toBe('ok')
    expect(new Set(server.requests.map(nonceOf)).size).toBe(3)
    expect(server.requests.map(({ body }) => body)).toEqual(['a body', 'a body', 'a body'])
  })

  it.each(['ECONNREFUSED', 'EGRESS_PROXY_CANNOT_CONNECT'])(
    'is repeated where no connection to its target came about: %s',
    async (transportCode) => {
      const { server, fetch } = await start(
        after(1, 'TARGET_UNREACHABLE', { status: 424, transportCode, phase: 'connect' }),
      )
      expect((await fetch(target)).status).toBe(200)
      expect(server.requests).toHaveLength(2)
    },
  )

  it('is repeated so often and no more', async () => {
    const { server, fetch } = await start(after(10), { repeats: 1 })
    await expect(fetch(target)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(server.requests).toHaveLength(2)
  })

  it.each([-1, Number.NaN])('is not repeated without end: %d', async (repeats) => {
    const { server, fetch } = await start(after(10), { repeats })
    await expect(fetch(target)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(server.requests).toHaveLength(1)
  })

  it('is repeated without a word of when, too', async () => {
    const { server, fetch } = await start(after(1, 'RATE_LIMITED', { headers: {} }))
    expect((await fetch(target)).status).toBe(200)
    expect(server.requests).toHaveLength(2)
  })

  it('is not repeated where the wait would be too long', async () => {
    const { server, fetch } = await start(after(1, 'RATE_LIMITED', { headers: { 'retry-after': '60' } }))
    await expect(fetch(target)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 60_000 })
    expect(server.requests).toHaveLength(1)
  })

  it('ends by its signal while it waits', async () => {
    const { server, fetch } = await start(after(1, 'RATE_LIMITED', { headers: { 'retry-after': '60' } }), {
      longestWaitMs: 100_000,
    })
    const controller = new AbortController()
    const reason = new Error('no longer needed')
    const call = fetch(target, { signal: controller.signal })
    while (server.requests.length === 0) await setTimeout(10)
    await setTimeout(50)
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    expect(server.requests).toHaveLength(1)
  })

  it('names codes that the contract knows of a forward', () => {
    expect(problemCodes(forwardOperations.forwardPost)).toEqual(expect.arrayContaining([...refusedBeforeSending]))
  })
})

describe('a call that may have been sent, or cannot be sent again', () => {
  it.each([
    { code: 'TARGET_UNREACHABLE', transportCode: 'ECONNRESET', phase: 'exchange' },
    { code: 'TARGET_UNREACHABLE', transportCode: 'EHOSTUNREACH', phase: 'exchange' },
    { code: 'TARGET_UNREACHABLE', transportCode: 'TARGET_REJECTED_CLIENT_CERTIFICATE', phase: 'handshake' },
    { code: 'OAUTH_NONCE_REPLAYED' },
    { code: 'INTERNAL_ERROR' },
    { code: 'MAPPING_DISABLED' },
  ])('is not repeated: $code $transportCode', async ({ code, ...more }) => {
    const { server, fetch } = await start(after(1, code, more))
    await expect(fetch(target)).rejects.toMatchObject({ code })
    expect(server.requests).toHaveLength(1)
  })

  it('is not repeated where its body is a stream, or that of a Request', async () => {
    const { server, fetch } = await start(after(10))
    const init = { method: 'POST', body: new Blob(['a body']).stream(), duplex: 'half' } as const
    await expect(fetch(target, init)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    const request = new Request(target, { method: 'POST', body: 'a body' })
    await expect(fetch(request)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(server.requests.map(({ body }) => body)).toEqual(['a body', 'a body'])
  })
})

describe('a signature', () => {
  it.each([
    { body: 'a string', part: 'oauth_body_hash' },
    { body: new Uint8Array([0, 255]), part: 'oauth_body_hash' },
    { body: new Blob(['a blob']), part: 'oauth_body_hash' },
    { body: new URLSearchParams({ a: '1' }), part: undefined },
    { body: undefined, part: undefined },
  ])('covers a body that is no form by its hash: $body', async ({ body, part }) => {
    const { server, fetch } = await start(ok)
    await fetch(target, { method: 'POST', ...(body && { body }) })
    expect(/oauth_body_hash/.exec(server.requests[0]?.headers.authorization ?? '')?.[0]).toBe(part)
  })
})
