import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { type RequestOptions, request as tlsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { type EdgeService, startEdge } from '../support/edge.ts'
import { eventually } from '../support/eventually.ts'
import { signatureOf } from '../support/signed-call.ts'
import { System } from '../support/system.ts'
import { lp, redeemPath, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

const itWithNginx = withTools(it, 'nginx')

/** The one trusted proxy, and what calls the services without it. */
const [proxy, direct] = ['127.0.0.1', '127.0.0.2']
const secret = randomBytes(32).toString('base64')
const forged = '203.0.113.66'

let directory: string
let target: TestTarget
let system: System
let tenant: Tenant
let appKey: AppKey

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-proxies-'))
  const secretFile = join(directory, 'proxy-secret')
  await writeFile(secretFile, secret)
  target = await startTestTarget({ handler: ({ rawHeaders }, response) => void response.end(rawHeaders.join('\n')) })
  const env = { TRUSTED_PROXIES: proxy, TRUSTED_PROXY_SECRET_FILE: secretFile }
  system = await System.start({ targets: [target], env })
  tenant = await system.newTenant()
  appKey = await tenant.newAppKey()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'forwarded' }), `${target.url}/*`)
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await rm(directory, { recursive: true })
})

interface Asked extends Pick<RequestOptions, 'method' | 'path' | 'ca'> {
  readonly url: string
  /** The address that it comes from. */
  readonly from: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: unknown
}

async function ask({ url, from, headers = {}, body, ...options }: Asked) {
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const begin = url.startsWith('https:') ? tlsRequest : request
  const all = { localAddress: from, agent: false, ...options, headers: { ...content, ...headers } }
  const call = begin(url, all)
  call.end(body === undefined ? undefined : JSON.stringify(body))
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, text: await text(answer) }
}

/** The address in the audit entry of a change that is made like that. */
async function auditedAddress(asked: Pick<Asked, 'from' | 'headers'>, url = system.configApi.url, ca?: string) {
  const headers = { ...asked.headers, authorization: `Bearer ${await system.token()}` }
  const body = { label: 'audited', scopes: ['forward'] }
  const path = tenant.path('app-keys')
  const made = await ask({ ...asked, url, method: 'POST', path, headers, body, ...(ca !== undefined && { ca }) })
  expect(made.status).toBe(201)
  const { body: entries } = await tenant.api.json<readonly { address: string }[]>('GET', tenant.path('audit?limit=1'))
  return entries[0]?.address
}

describe('the address of a caller in the audit trail', () => {
  it.each([
    ['of one that calls directly is its own', direct, { 'x-forwarded-for': forged }, direct],
    [
      'behind the proxy is the one that it saw',
      proxy,
      { 'x-forwarded-for': `${forged}, 198.51.100.7` },
      '198.51.100.7',
    ],
    [
      'behind two proxies is the one that the first saw',
      proxy,
      { 'x-forwarded-for': `${forged}, 198.51.100.7, ${proxy}` },
      '198.51.100.7',
    ],
    [
      'behind a proxy with the secret is the one that it saw',
      direct,
      { 'x-forwarded-for': `${forged}, 198.51.100.7`, 'x-proxy-secret': secret },
      '198.51.100.7',
    ],
    [
      'with a wrong secret is its own',
      direct,
      { 'x-forwarded-for': forged, 'x-proxy-secret': randomBytes(32).toString('base64') },
      direct,
    ],
    [
      'that sends the secret behind another one is its own',
      direct,
      { 'x-forwarded-for': forged, 'x-proxy-secret': ['guessed', secret] },
      direct,
    ],
    ['is its own where the proxy reports none', proxy, { 'x-forwarded-for': 'unknown' }, proxy],
  ])('%s', async (_, from, headers, expected) => {
    expect(await auditedAddress({ from, headers })).toBe(expected)
  })

  itWithNginx('is the one that nginx saw, whatever the caller wrote there', async () => {
    const service = ({ url }: { readonly url: string }): EdgeService => {
      const { hostname, port } = new URL(url)
      return { addresses: [hostname], port: Number(port) }
    }
    await using opened = new AsyncDisposableStack()
    const { configApi, forwarderApi } = system
    const edge = await startEdge(opened, { configApi: service(configApi), forwarderApi: service(forwarderApi) })
    const url = edge.configApi.replace('localhost', proxy)
    const headers = { host: 'localhost', 'x-forwarded-for': forged, 'x-proxy-secret': 'guessed' }
    expect(await auditedAddress({ from: direct, headers }, url, edge.ca)).toBe(direct)
  })
})

describe('a caller without a proxy that invents addresses', () => {
  let strict: System
  beforeAll(async () => {
    strict = await System.start({ env: { TRUSTED_PROXIES: proxy, THROTTLE_PER_SECOND: '5' } })
  })
  afterAll(() => strict?.stop())

  /** What many that come at once are answered, each with another address. */
  async function statuses(asked: Omit<Asked, 'from' | 'headers'>, count: number) {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, each) =>
        ask({ ...asked, from: direct, headers: { 'x-forwarded-for': `198.51.100.${each % 250}` } }),
      ),
    )
    return new Set(answers.map(({ status }) => status))
  }

  it.each([
    ['config-api', () => strict.configApi, 'GET', '/mtls/account/a/certificates'],
    ['the routes of forwarder-api', () => strict.forwarderApi, 'POST', '/mtls/mapping'],
    ['the forward path', () => strict.forwarderApi, 'GET', '/mtls/account/a'],
    ['what no route has', () => strict.forwarderApi, 'GET', '/nowhere'],
  ])('is throttled as one at %s', async (_, service, method, path) => {
    const seen = await eventually(
      () => statuses({ url: service().url, method, path }, 100),
      (each) => each.has(429),
    )
    expect(seen).toContain(429)
  })

  it('has the attempts of one to redeem an invitation', async () => {
    const body = { code: 'guessed' }
    const seen = await eventually(
      () => statuses({ url: system.configApi.url, method: 'POST', path: redeemPath, body }, 60),
      (each) => each.has(429),
    )
    expect(seen).toContain(429)
  })
})

describe('a signed call', () => {
  const check = (from: string, headers: Record<string, string>) => {
    const { url } = system.forwarderApi
    const call = { client: system.toForwarderApi(), base: 'https://public.example', method: 'POST', appKey }
    const authorization = signatureOf({ ...call, path: '/mtls/mapping' })
    const body = [{ serviceName: 'IDP', accountId: tenant.id, url: 'https://target.example/' }]
    return ask({ url, from, method: 'POST', path: '/mtls/mapping', body, headers: { ...headers, authorization } })
  }
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'public.example' }

  it('is for the url that a proxy reports, and not for one that its caller reports itself', async () => {
    const answers = await Promise.all([
      check(proxy, forwarded),
      check(direct, { ...forwarded, 'x-proxy-secret': secret }),
      check(direct, forwarded),
      check(direct, { ...forwarded, 'x-proxy-secret': `${secret}=` }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401])
  })

  it('that is forwarded has its address in the log, and the secret neither there nor at the target', async () => {
    const call = async (from: string, headers: Record<string, string>, requestId: string) => {
      const { url } = system.forwarderApi
      const path = tenant.forwardPath
      const authorization = signatureOf({ client: tenant.api, base: url, method: 'GET', path, appKey })
      const all = { ...lp(`${target.url}/`), ...headers, authorization, 'x-request-id': requestId }
      const answer = await ask({ url, from, method: 'GET', path, headers: { ...all, x_proxy_secret: secret } })
      expect(answer.status).toBe(200)
      expect(answer.text).not.toMatch(/proxy.secret/i)
      expect(answer.text).not.toContain(secret)
      const line = await eventually(
        async () => system.forwarderApi.output.split('\n').find((each) => each.includes(`"${requestId}"`)),
        (each) => each !== undefined,
      )
      return JSON.parse(line ?? '').clientAddress
    }
    const named = { 'x-forwarded-for': `${forged}, 198.51.100.7` }
    expect(await call(direct, named, 'called-directly')).toBe(direct)
    expect(await call(proxy, named, 'by-proxy')).toBe('198.51.100.7')
    expect(await call(direct, { ...named, 'x-proxy-secret': secret }, 'by-secret')).toBe('198.51.100.7')
    expect(await system.readOutput()).not.toContain(secret)
  })
})
