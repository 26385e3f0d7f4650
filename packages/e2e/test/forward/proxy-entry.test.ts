import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { RecentCall } from '@mtls-gateway/contract'
import { ambiguousRequests, type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { codeIn, rawExchange } from '../support/raw-exchange.ts'
import { answerOrRedirect } from '../support/redirecting.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let appKey: AppKey
let bearer: string
let mappingId: number
/** The url of the mapping as clients of the proxy write it, with `/api/` at its end. */
let base: string
let host: string

beforeAll(async () => {
  target = await startTestTarget({ handler: answerOrRedirect })
  system = await System.start({
    targets: [target],
    forwarderApiEnv: { PROXY_ENTRY: 'true', FORWARD_ACCEPTS: 'oauth1,bearer', TRUSTED_PROXIES: '127.0.0.1' },
  })
  tenant = await system.newTenant()
  const { mapping } = await tenant.onboard(
    await target.clientCa.issue({ commonName: 'by proxy' }),
    `${target.url}/api/*`,
  )
  mappingId = mapping.id
  appKey = await tenant.newAppKey(['forward'])
  bearer = await system.token([tenant.id], ['forward'])
  base = `${target.url.replace('https:', 'http:')}/api/`
  host = new URL(base).host
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => target.clear())

const basicOf = ({ appKey: user, appSecret }: Pick<AppKey, 'appKey' | 'appSecret'>) =>
  `Basic ${Buffer.from(`${user}:${appSecret}`).toString('base64')}`

interface Parts {
  readonly method?: string
  readonly version?: string
  /** The whole url; the rest of it below the base, unless it has a scheme. */
  readonly url?: string
  readonly host?: string | undefined
  readonly credentials?: string | undefined
  /** Header lines, each with its CRLF. */
  readonly lines?: string
  readonly body?: string
}

interface Answer {
  readonly status: number
  /** Lines of the head. */
  readonly head: string
  readonly text: string
  readonly ended: string
}

async function call(parts: Parts = {}): Promise<Answer> {
  const { method = 'GET', version = '1.1', url = 'a', lines = 'Connection: close\r\n', body = '' } = parts
  const whole = /^[a-z]+:/i.test(url) ? url : base + url
  const credentials = 'credentials' in parts ? parts.credentials : basicOf(appKey)
  const fields = {
    Host: 'host' in parts ? parts.host : host,
    'Proxy-Authorization': credentials,
    ...(body !== '' && { 'Content-Length': String(body.length) }),
  }
  const given = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}\r\n`))
  const bytes = `${method} ${whole} HTTP/${version}\r\n${given.join('')}${lines}\r\n${body}`
  const { text, ended } = await rawExchange(system.forwarderApi.url, bytes)
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
  return { status, head: text.slice(0, end), text: text.slice(end + 4), ended }
}

/** What the target saw of a call that reached it. */
async function seen(parts: Parts): Promise<EchoedRequest> {
  const { status, text } = await call(parts)
  expect([status, text]).toEqual([200, expect.stringContaining('"clientCertificate"')])
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
}

async function refused(parts: Parts, status: number, code: string): Promise<Answer> {
  const refusal = await call(parts)
  expect([refusal.status, codeIn(refusal.text)]).toEqual([status, code])
  expect(refusal.head).toMatch(/\r\nlp-answered-by: gateway(\r\n|$)/i)
  expect(target.seen).toEqual([])
  return refusal
}

/** Once the forwarder knows the key: it looks for unknown ones in the store only every five seconds. */
async function known(made: AppKey): Promise<AppKey> {
  await eventually(
    () => call({ credentials: basicOf(made) }),
    ({ status }) => status !== 407,
  )
  target.clear()
  return made
}

const fieldOf = ({ head }: Answer, name: string) =>
  head
    .split('\r\n')
    .flatMap((line) => (line.toLowerCase().startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))

describe('a call through the proxy', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'goes out as %s with the certificate of its mapping',
    async (method) => {
      const body = method === 'GET' ? '' : `{"hello":"${method}"}`
      for (const credentials of [basicOf(appKey), `Bearer ${bearer}`, `bearer  ${bearer}`]) {
        const echoed = await seen({ method, url: 'accounts/1?a=b', credentials, body })
        expect(echoed).toMatchObject({
          method,
          body,
          url: '/api/accounts/1?a=b',
          headers: { host },
          clientCertificate: { commonName: 'by proxy' },
        })
      }
    },
  )

  it('goes out as HEAD and comes back without a body', async () => {
    const { status, text } = await call({ method: 'HEAD', url: 'h' })
    expect([status, text, target.seen[0]?.method]).toEqual([200, '', 'HEAD'])
  })

  it.each([
    ["a//b;c=1/%e2%82%ac/%20/+~!$&'(),:@%2f", "/api/a//b;c=1/%e2%82%ac/%20/+~!$&'(),:@%2f"],
    [
      'q?a=1&a=2&b=%20+%2B&d&=e&lp_hash=x&oauth_nonce=y?/../',
      '/api/q?a=1&a=2&b=%20+%2B&d&=e&lp_hash=x&oauth_nonce=y?/../',
    ],
  ])('with %s asks for %s byte for byte', async (url, expected) => {
    expect((await seen({ url })).url).toBe(expected)
  })

  it('may have the scheme that is meant, capitals in it and in the host, and HTTP/1.0 without Host', async () => {
    expect((await seen({ url: `${target.url}/api/s` })).url).toBe('/api/s')
    expect((await seen({ url: `HTTP://${host.toUpperCase()}/api/c` })).url).toBe('/api/c')
    expect((await seen({ version: '1.0', host: undefined, lines: '' })).headers.via).toBe('1.0 mtls-gateway')
  })

  it('streams a chunked body, and its connection carries the next one', async () => {
    const chunk = randomBytes(30_000).toString('hex')
    const head = (url: string, lines: string) =>
      `POST ${base}${url} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: ${basicOf(appKey)}\r\n${lines}\r\n`
    const first = `${head('one', 'Transfer-Encoding: chunked\r\n')}${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`
    const second = head('two', 'Connection: close\r\nContent-Length: 0\r\n')
    const { text } = await rawExchange(system.forwarderApi.url, first + second)
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
    expect(text).toContain(chunk)
    expect(target.seen.map(({ url }) => url)).toEqual(['/api/one', '/api/two'])
  })

  it('has an Authorization for its target, and nothing else that is for the gateway gets there', async () => {
    const kept = ['Proxy-Connection: keep-alive', 'Proxy-Other: a', 'proxy_authorization: b', 'LP-service-name: IDP']
    const gone = [
      ...kept,
      'TE: trailers',
      'Keep-Alive: 5',
      'X-Forwarded-For: 127.0.0.1',
      'Connection: close, x-hop',
      'X-Hop: 1',
    ]
    const lines = ['Authorization: Basic of-the-target', 'X-Own: 1', ...gone].map((line) => `${line}\r\n`).join('')
    const { headers } = await seen({ lines })
    expect(headers).toMatchObject({ authorization: 'Basic of-the-target', 'x-own': '1' })
    expect(Object.keys(headers).sort()).toEqual(['authorization', 'host', 'via', 'x-own', 'x-request-id'])
    const override = 'Connection: close\r\nAuthorization: a b\r\nLP-authorization-override: Bearer instead\r\n'
    expect((await seen({ lines: override })).headers.authorization).toBe('Bearer instead')
  })

  it('is one of the service that it names, or else of the first of its app key', async () => {
    const body = { label: 'limited', scopes: ['forward'], services: ['FAAS', 'IDP'] }
    const limited = await known((await tenant.api.json<AppKey>('POST', tenant.path('app-keys'), body)).body)
    expect((await seen({ credentials: basicOf(limited) })).clientCertificate).not.toBeNull()
    const lines = 'Connection: close\r\nLP-service-name: WEBHOOKS\r\n'
    target.clear()
    await refused({ credentials: basicOf(limited), lines }, 403, 'SERVICE_NOT_ALLOWED')
  })

  it('leads back to the proxy by a Location to the same host, and to no other', async () => {
    const locationOf = async (to: string) =>
      fieldOf(await call({ url: `location?${encodeURIComponent(to)}` }), 'location')
    expect(await locationOf(`${target.url}/api/new?x`)).toEqual([`${base}new?x`])
    for (const other of ['/api/new', 'new', 'https://elsewhere.example/x', 'https://localhost/api/']) {
      expect(await locationOf(other)).toEqual([other])
    }
  })

  it('is among the recent calls, and the path of its target is in no log or metric', async () => {
    const unknown = `LP-present-certificate: sha256=${'ab'.repeat(32)}\r\n`
    const lines = (id: string) => `Connection: close\r\nX-Request-Id: ${id}\r\n`
    await call({ url: 'canary-path?canary-query' })
    target.clear()
    await refused({ url: 'canary-path', lines: lines('by-proxy') + unknown }, 424, 'CERTIFICATE_VERSION_UNKNOWN')
    await refused({ url: 'canary-path', lines: lines('off'), method: 'OPTIONS' }, 405, 'METHOD_NOT_ALLOWED')
    const user = { appKey: appKey.appKey, appSecret: 'canary-secret' }
    const authorization = `Authorization: Bearer ${bearer}\r\n`
    const wrong = { url: 'canary-path', credentials: basicOf(user), lines: lines('wrong') + authorization }
    await refused(wrong, 407, 'OAUTH_CREDENTIALS_INVALID')
    const [recent] = await eventually(
      async () => (await tenant.api.json<RecentCall[]>('GET', tenant.path('calls'))).body.filter(isByProxy),
      ({ length }) => length > 0,
    )
    expect(recent).toMatchObject({ mappingId, url: `${target.url}/api/canary-path`, caller: appKey.appKey })
    const lineOf = (id: string) =>
      eventually(
        async () => system.output.split('\n').find((line) => line.includes(`"requestId":"${id}"`)),
        (line) => line !== undefined,
      )
    expect(JSON.parse((await lineOf('wrong')) ?? '')).toMatchObject({
      path: `http://${host}`,
      reason: 'secret-wrong',
      unverifiedCaller: appKey.appKey,
    })
    expect(JSON.parse((await lineOf('by-proxy')) ?? '')).toMatchObject({ accountId: tenant.id, caller: appKey.appKey })
    expect(system.output).not.toMatch(/canary-(path|query|secret)/)
    const metrics = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    expect(metrics).toMatch(/^http_requests_total\{[^}]*route="proxy"/m)
    expect(metrics).not.toContain('canary')
  })
})

const isByProxy = ({ requestId }: RecentCall) => requestId === 'by-proxy'

describe('the proxy asks for credentials', () => {
  const basic = 'Basic realm="mtls-gateway", charset="UTF-8"'

  it.each<[string, () => Parts, string]>([
    ['none', () => ({ credentials: undefined }), 'CREDENTIALS_MISSING'],
    [
      'those of the target alone',
      () => ({ credentials: undefined, lines: `Connection: close\r\nAuthorization: ${basicOf(appKey)}\r\n` }),
      'CREDENTIALS_MISSING',
    ],
    ['another secret', () => ({ credentials: basicOf({ ...appKey, appSecret: 'x' }) }), 'OAUTH_CREDENTIALS_INVALID'],
    [
      'an unknown key',
      () => ({ credentials: basicOf({ ...appKey, appKey: `${tenant.id}.${'x'.repeat(22)}` }) }),
      'OAUTH_CREDENTIALS_INVALID',
    ],
    [
      'what is no key',
      () => ({ credentials: basicOf({ appKey: 'anna', appSecret: 'x' }) }),
      'OAUTH_CREDENTIALS_INVALID',
    ],
    ['no user and password', () => ({ credentials: 'Basic !' }), 'CREDENTIAL_KIND_NOT_TAKEN'],
    ['a signature', () => ({ credentials: 'OAuth oauth_consumer_key="a"' }), 'CREDENTIAL_KIND_NOT_TAKEN'],
    ['no token', () => ({ credentials: 'Bearer' }), 'TOKEN_INVALID'],
    ['a token of nobody', () => ({ credentials: `Bearer ${bearer.slice(0, -9)}` }), 'TOKEN_INVALID'],
  ])('with 407 if there are %s', async (_, parts, code) => {
    const answer = await refused(parts(), 407, code)
    const error = code === 'TOKEN_INVALID' ? ', error="invalid_token"' : ''
    expect(fieldOf(answer, 'proxy-authenticate')).toEqual([basic, `Bearer realm="mtls-gateway"${error}`])
    expect(fieldOf(answer, 'www-authenticate')).toEqual([])
    expect(answer.text).toContain('"status":407')
  })

  it('but for no secret where it would come in clear text', async () => {
    const from = (lines: string) => `Connection: close\r\nX-Forwarded-For: 192.0.2.1\r\n${lines}`
    const answer = await refused({ lines: from('') }, 407, 'CREDENTIAL_KIND_NOT_TAKEN')
    expect(fieldOf(answer, 'proxy-authenticate')).toEqual(['Bearer realm="mtls-gateway"'])
    expect((await call({ lines: from('X-Forwarded-Proto: https\r\n') })).status).toBe(200)
  })

  it('that are for one account and may forward', async () => {
    for (const accounts of [[tenant.id, 'le-other'], []]) {
      const token = await system.token(accounts, ['forward'])
      await refused({ credentials: `Bearer ${token}` }, 403, 'WRONG_ACCOUNT')
    }
    const reader = await known(await tenant.newAppKey(['mtls:read']))
    await refused({ credentials: basicOf(reader) }, 403, 'SCOPE_MISSING')
  })

  it('of which a deleted key is none soon after', async () => {
    const gone = await known(await tenant.newAppKey(['forward']))
    await seen({ credentials: basicOf(gone) })
    await tenant.api.json('DELETE', tenant.path(`app-keys/${gone.appKey}`))
    await eventually(
      () => call({ credentials: basicOf(gone) }),
      ({ status }) => status === 407,
    )
  })
})

describe('the proxy does not call', () => {
  it.each([
    ...[
      'http://user:pass@HOST/api/',
      'http://HOST@127.0.0.1/',
      'http://HOST/api/../x',
      'http://HOST/api/%2e%2E/x',
      'http://HOST/%2e',
    ],
    ...[
      'http://HOST/a\\b',
      'http://HOST/a%zz',
      'http://HOST/a"b',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::ffff:127.0.0.1]/',
    ],
    ...['http:///api/', 'http://HOST:0/', 'http://a b/'],
  ])('%s, which can be read in two ways', async (text) => {
    const url = text.replace('HOST', host)
    const { status, text: body } = await call({ url, host: undefined, version: '1.0', lines: '' })
    expect([status, ['TARGET_URL_NOT_CANONICAL', 'MALFORMED_REQUEST'].includes(codeIn(body) ?? '')]).toEqual([
      400,
      true,
    ])
    expect(target.seen).toEqual([])
  })

  it.each(['ftp', 'file', 'ws', 'gopher'])('urls of the scheme %s', async (scheme) => {
    await refused({ url: `${scheme}://${host}/api/` }, 400, 'TARGET_URL_NOT_HTTPS')
  })

  it('a host that another one than its url names', async () => {
    for (const other of ['localhost', 'evil.example', `${host}0`, '']) {
      const { ended } = await refused({ host: other }, 400, 'MALFORMED_REQUEST')
      expect(ended).toBe('closed')
    }
  })

  it('a url that comes twice', async () => {
    const lines = `Connection: close\r\nLP-forward-url: ${target.url}/api/\r\n`
    await refused({ lines }, 400, 'VALIDATION_FAILED')
    await refused({ lines: `Host: ${host}\r\n` }, 400, 'DUPLICATE_HEADER')
    await refused({ lines: `Proxy-Authorization: ${basicOf(appKey)}\r\n` }, 400, 'DUPLICATE_HEADER')
  })

  it('what nothing is mapped for, if its account refuses that', async () => {
    const strict = await system.newTenant()
    await strict.api.json('PUT', strict.path('settings'), { unmappedCalls: 'refuse' })
    const key = await strict.newAppKey(['forward'])
    await refused({ credentials: basicOf(key) }, 403, 'UNMAPPED_CALL')
    // By another account the target asks for a certificate in vain.
    await refused({ url: `http://${host}/unmapped` }, 424, 'TARGET_UNREACHABLE')
  })

  it('through a tunnel, and says why', async () => {
    const bytes = `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: ${basicOf(appKey)}\r\n\r\n`
    const { text } = await rawExchange(system.forwarderApi.url, bytes)
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain('http://HOST/PATH')
  })

  const others = ambiguousRequests.filter(({ what }) => !['a whole url', 'two Authorization headers'].includes(what))
  it.each(others)('what can be read in two ways: $what', async (request) => {
    const { method = 'POST', version = '1.1', target: line, lines, body = '' } = request
    const url = line === '/things#fragment' ? `${base}#fragment` : (line ?? base)
    const head = `${method} ${url} HTTP/${version}\r\nHost: ${host}\r\nProxy-Authorization: ${basicOf(appKey)}\r\n`
    const { text, ended } = await rawExchange(system.forwarderApi.url, `${head}${lines}\r\n${body}`)
    expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
    expect([codeIn(text), ended]).toEqual([request.code, 'closed'])
    expect(target.seen).toEqual([])
  })
})
