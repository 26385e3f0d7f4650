import { once } from 'node:events'
import { request, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { TrustedProxies } from '@mtls-gateway/service-kit'
import { fastify } from 'fastify'
import { GatewayService } from '../../src/server/gateway/gateway-service.ts'
import { proxiedRoutes } from '../../src/server/gateway/proxied-routes.ts'
import { ServiceProxy } from '../../src/server/gateway/service-proxy.ts'
import { type Browser, ofPage, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, json, startConfigApiDouble, tell } from './support/config-api-double.ts'
import { startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
/** By which config-api trusts the console. */
const secret = 's'.repeat(44)
let configApi: ConfigApiDouble
let running: TestConsole
let browser: Browser

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  const secretFile = folder.write('proxy-secret', `${secret}\n${'o'.repeat(44)}\n`)
  const proxies = { TRUSTED_PROXIES: '127.0.0.1', TRUSTED_PROXY_SECRET_FILE: secretFile }
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url, ...proxies })
})
beforeEach(async () => {
  browser = await signInByLink(running.url)
  configApi.answer = (_request, response) => json(response, 200, { ok: true })
  configApi.seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  folder.remove()
})

const mappings = '/mtls/account/le123/mappings'

describe('a request of the page', () => {
  it('goes to config-api with the token of the session, and what it says itself', async () => {
    const answer = await browser.ask('POST', `${mappings}?x=1`, {
      headers: {
        ...ofPage,
        'content-type': 'application/json',
        'if-match': '"3"',
        'idempotency-key': 'one',
        'lp-forward-url': 'https://bank.example/token',
        'lp-method-override': 'HEAD',
        'x-request-id': 'of-the-page',
        'x-forwarded-for': '192.0.2.66, 198.51.100.7',
      },
      body: '{"entries":[]}',
    })
    expect(answer).toMatchObject({ status: 200, text: '{"ok":true}', headers: { 'x-request-id': 'of-the-page' } })
    const [seen] = configApi.seen
    expect(seen).toMatchObject({ method: 'POST', url: `${mappings}?x=1` })
    expect(seen?.headers).toEqual({
      authorization: 'Bearer token-of-ann',
      connection: 'keep-alive',
      'content-length': '14',
      'content-type': 'application/json',
      host: new URL(configApi.url).host,
      'idempotency-key': 'one',
      'if-match': '"3"',
      'lp-forward-url': 'https://bank.example/token',
      'lp-method-override': 'HEAD',
      'x-forwarded-for': '198.51.100.7',
      'x-proxy-secret': secret,
      'x-request-id': 'of-the-page',
    })
  })

  it('can bring neither credentials nor headers of its own', async () => {
    await browser.get(mappings, {
      ...ofPage,
      authorization: 'Bearer mine',
      connection: 'if-match, x-odd',
      'x-odd': '1',
      origin: 'https://other.example',
      'x-forwarded-host': 'other.example',
      'x-proxy-secret': 'guessed',
      forwarded: 'for=192.0.2.1',
      te: 'trailers',
    })
    expect(Object.keys(configApi.seen[0]?.headers ?? {}).sort()).toEqual([
      'authorization',
      'connection',
      'host',
      'x-forwarded-for',
      'x-proxy-secret',
      'x-request-id',
    ])
    expect(configApi.seen[0]?.headers).toMatchObject({ authorization: 'Bearer token-of-ann', 'x-proxy-secret': secret })
  })

  it('has the address that it comes from, unless a trusted proxy has sent it', async () => {
    const otherProxies = { TRUSTED_PROXIES: '127.0.0.9', TRUSTED_PROXY_SECRET_FILE: folder.write('other', secret) }
    const own = new TestFolder()
    const other = await startConsole(own, { CONFIG_API_URL: configApi.url, ...otherProxies })
    try {
      const visitor = await signInByLink(other.url)
      configApi.seen.length = 0
      const named = { ...ofPage, 'x-forwarded-for': '192.0.2.66, 198.51.100.7' }
      await visitor.get(mappings, named)
      await visitor.get(mappings, { ...named, 'x-proxy-secret': 'guessed' })
      await visitor.get(mappings, { ...named, 'x-proxy-secret': secret })
      expect(configApi.seen.map(({ headers }) => headers['x-forwarded-for'])).toEqual([
        '127.0.0.1',
        '127.0.0.1',
        '198.51.100.7',
      ])
    } finally {
      await other.stop()
      own.remove()
    }
  })

  it('needs a session', async () => {
    browser.cookies.clear()
    expect((await browser.get(mappings)).json()).toMatchObject({ status: 401, code: 'SESSION_REQUIRED' })
    expect(configApi.seen).toEqual([])
  })

  it.each([
    '/mtls/me/other',
    '/mtls/invitations/redeem',
    '/docs',
    '/health/live/..',
    '/mtls/account/le123',
    '/mtls/account/le123/certificates/../../../../docs-json',
    '/mtls/account/le123/certificates/..',
    '/mtls/account/le123/certificates/%2e%2E',
    '/mtls/account/le123/certificates/..%2f..%2fdocs',
    '/mtls/account/le123/certificates/..%5cdocs',
    '//mtls/account/le123/mappings',
    '/mtls/mapping',
  ])('reaches nothing but what the contract has: %s', async (path) => {
    expect(await refusalOf(path)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
    expect(configApi.seen).toEqual([])
  })

  it.each(['/mtls/me#x', '/mtls/me?a#/docs'])('has no fragment: %s', async (path) => {
    expect(await refusalOf(path)).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST' })
    expect(configApi.seen).toEqual([])
  })

  async function refusalOf(path: string): Promise<unknown> {
    const call = request(running.url, { path, agent: false, headers: { ...ofPage, cookie: cookieOf(browser) } })
    call.end()
    const [answer] = await once(call, 'response')
    return JSON.parse(await text(answer))
  }

  it('never reaches a host of its own choice', async () => {
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
    const lines = [`GET http://192.0.2.1${mappings} HTTP/1.1`, 'Host: 192.0.2.1', 'Sec-Fetch-Site: same-origin']
    socket.write(`${[...lines, `Cookie: ${cookieOf(browser)}`, 'Connection: close'].join('\r\n')}\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /)
    expect(configApi.seen).toEqual([])
  })

  it.each(['GET', 'DELETE', 'POST'])('stays one request, whatever its body is made of: %s', async (method) => {
    configApi.answer = async (incoming, response) => json(response, 200, { body: await text(incoming) })
    const hidden = 'GET /docs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer forged\r\n\r\n'
    const call = request(running.url, {
      method,
      path: `${mappings}${method === 'DELETE' ? '/1' : ''}`,
      agent: false,
      headers: { ...ofPage, cookie: cookieOf(browser), 'transfer-encoding': 'chunked', 'content-type': 'text/plain' },
    })
    call.end(hidden)
    const [answer] = await once(call, 'response')
    expect(JSON.parse(await text(answer))).toEqual({ body: hidden })
    // On the same connection, had the body been taken for the next request.
    await browser.get('/mtls/me')
    expect(configApi.seen.map(({ url }) => url)).toEqual([call.path, '/mtls/me'])
  })

  it('has a route for each operation that a token can be used for', () => {
    const urls = proxiedRoutes().map(({ method, url }) => `${method} ${url}`)
    expect(urls).toContain('POST /mtls/account/:accountId/p12-test/multipart')
    expect(urls).toContain('DELETE /mtls/account/:accountId/app-keys/:appKey')
    const taken = / \/mtls\/(?:account\/:accountId\/|accounts\/:accountId\/ac|(?:me|token-issuers)$)/
    expect(urls.filter((each) => !taken.test(each))).toEqual([])
    expect(new Set(urls).size).toBe(urls.length)
  })
})

describe('an answer of config-api', () => {
  it('comes with its own headers, without those between two neighbours, and with the security headers', async () => {
    configApi.answer = (_request, response) => {
      response.writeHead(201, {
        'content-type': 'application/json',
        etag: '"4"',
        link: '</next>; rel="next"',
        location: '/mtls/account/le123/mappings/1',
        'lp-change-notice': 'delayed',
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'set-cookie': 'stolen=1',
        'access-control-allow-origin': '*',
        'cache-control': 'public',
        'content-security-policy': "default-src 'unsafe-inline'",
      })
      response.end('{}')
    }
    const { status, headers } = await browser.get(mappings)
    expect(status).toBe(201)
    const { date, connection, 'keep-alive': keepAlive, 'x-request-id': id, ...rest } = headers
    expect(rest).toEqual({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      etag: '"4"',
      link: '</next>; rel="next"',
      location: '/mtls/account/le123/mappings/1',
      'lp-change-notice': 'delayed',
      'referrer-policy': 'no-referrer',
      'transfer-encoding': 'chunked',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('without a body stays without one', async () => {
    configApi.answer = ({ method }, response) => response.writeHead(method === 'DELETE' ? 204 : 304).end()
    expect(await browser.ask('DELETE', `${mappings}/1`, { headers: ofPage })).toMatchObject({ status: 204, text: '' })
    expect(await browser.get(mappings, { ...ofPage, 'if-none-match': '"1"' })).toMatchObject({ status: 304, text: '' })
    expect(configApi.seen.at(-1)?.headers).toMatchObject({ 'if-none-match': '"1"' })
    expect(await browser.ask('HEAD', mappings, { headers: ofPage })).toMatchObject({ status: 304, text: '' })
    expect(configApi.seen.at(-1)?.method).toBe('HEAD')
  })

  it('that breaks off is broken off here', async () => {
    configApi.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setImmediate(() => response.destroy())
    }
    await expect(browser.get(mappings)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('that refuses the token ends the session', async () => {
    configApi.answer = (_request, response) => tell(response, 401, 'TOKEN_EXPIRED')
    const answer = await browser.get(mappings)
    expect(answer.json()).toMatchObject({ code: 'TOKEN_EXPIRED' })
    expect(browser.cookies.size).toBe(0)
  })

  it('that refuses the request does not', async () => {
    configApi.answer = (_request, response) => tell(response, 403, 'SCOPE_MISSING')
    expect((await browser.get(mappings)).json()).toMatchObject({ code: 'SCOPE_MISSING' })
    expect(browser.cookies.size).toBe(1)
  })

  it('is waited for in vain while config-api is down, and comes once it is back', async () => {
    const own = await startConfigApiDouble()
    const folderOfOwn = new TestFolder()
    const service = await startConsole(folderOfOwn, { CONFIG_API_URL: own.url })
    const here = await signInByLink(service.url)
    await own.close()
    const answer = await here.get(mappings)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
    expect(answer.json()).toMatchObject({ code: 'CONFIG_API_UNAVAILABLE' })
    expect((await here.get('/console/session')).json()).toMatchObject({ code: 'CONFIG_API_UNAVAILABLE' })
    expect(here.cookies.size).toBe(1)
    expect((await here.get('/health/ready')).json()).toMatchObject({ status: 'degraded' })
    await service.stop()
    folderOfOwn.remove()
  })

  it('to a connection that config-api was just closing is asked for again', async () => {
    let calls = 0
    configApi.answer = (incoming, response) => {
      calls += 1
      if (calls === 2) incoming.socket.destroy()
      else json(response, 200, { calls })
    }
    await browser.get(mappings)
    expect((await browser.get(mappings)).json()).toEqual({ calls: 3 })
  })
})

describe('an upload', () => {
  const path = '/mtls/account/le123/p12-test/multipart'

  it('flows: config-api has its beginning before the page has sent its end', async () => {
    const arrived = Promise.withResolvers<void>()
    const received = Promise.withResolvers<number>()
    configApi.answer = (incoming, response) => {
      let bytes = 0
      incoming.on('data', (piece: Buffer) => {
        bytes += piece.length
        arrived.resolve()
      })
      incoming.on('end', () => {
        received.resolve(bytes)
        json(response, 200, { bytes })
      })
    }
    const call = upload(path)
    call.write(Buffer.alloc(200_000))
    await arrived.promise
    call.end(Buffer.alloc(200_000))
    const [answer] = await once(call, 'response')
    expect(await text(answer)).toBe('{"bytes":400000}')
    expect(await received.promise).toBe(400_000)
  })

  it('that config-api refuses early gets that answer', async () => {
    configApi.answer = (_request, response) => tell(response, 413, 'BODY_TOO_LARGE')
    const call = upload(path)
    call.on('error', () => {})
    call.write(Buffer.alloc(2_000_000))
    const [answer] = await once(call, 'response')
    expect(JSON.parse(await text(answer))).toMatchObject({ code: 'BODY_TOO_LARGE' })
    call.destroy()
  })

  it('that comes too slowly is ended, at config-api as well', async () => {
    const gone = Promise.withResolvers<void>()
    configApi.answer = (incoming) => {
      incoming.on('error', () => {})
      incoming.on('close', () => gone.resolve())
    }
    const connections = new GatewayService({ url: configApi.url, caFile: undefined })
    const noProxies = new TrustedProxies({ trustedProxies: [], trustedProxySecretFile: undefined })
    const proxy = new ServiceProxy(connections, noProxies, { graceMs: 1_000, bytesPerSecond: 1_000_000 })
    const app = fastify()
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    const refused = Promise.withResolvers<unknown>()
    app.post('/slow', (incoming, reply) => {
      proxy.ask(incoming, reply, 'token-of-ann').catch(refused.resolve)
    })
    const call = request(`${await app.listen({ port: 0 })}/slow`, { method: 'POST', agent: false })
    call.on('error', () => {})
    call.write('begin')
    expect(await refused.promise).toMatchObject({ code: 'BODY_TOO_SLOW' })
    await gone.promise
    call.destroy()
    await app.close()
    connections.close()
  })

  it('of one person leaves connections to config-api for the others, however many there are', async () => {
    configApi.subjects.set('token-of-bob', 'bob')
    const bob = await signInByLink(running.url, 'token-of-bob')
    const others = Promise.withResolvers<number>()
    let refused = 0
    configApi.answer = (incoming, response) => {
      if (incoming.method === 'GET') return json(response, 200, { ok: true })
      incoming.on('error', () => {}).resume()
    }
    const calls = Array.from({ length: 300 }, () => {
      const call = upload(path)
      call.on('error', () => {})
      call.on('response', (answer) => {
        answer.resume()
        if (answer.statusCode === 503) refused += 1
        if (refused === 300 - 32) others.resolve(refused)
      })
      call.write('begin')
      return call
    })
    await others.promise
    expect((await bob.get(mappings)).status).toBe(200)
    expect((await browser.get(mappings)).json()).toMatchObject({ code: 'TOO_MANY_CALLS' })
    for (const call of calls) call.destroy()
  })

  it('that the page gives up ends at config-api as well', async () => {
    const gone = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<ServerResponse>()
    configApi.answer = (incoming, response) => {
      incoming.resume()
      incoming.on('error', () => {})
      incoming.on('close', () => gone.resolve())
      begun.resolve(response)
    }
    const call = upload(path)
    call.on('error', () => {})
    call.write('begin')
    await begun.promise
    call.destroy()
    await gone.promise
  })

  function upload(to: string) {
    const headers = { ...ofPage, cookie: cookieOf(browser), 'content-type': 'multipart/form-data; boundary=x' }
    return request(running.url, { method: 'POST', path: to, agent: false, headers })
  }
})

function cookieOf({ cookies }: Browser): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
