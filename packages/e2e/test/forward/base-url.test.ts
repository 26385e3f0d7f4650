import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { RecentCall } from '@mtls-gateway/contract'
import { type ApiClient, type EchoedRequest, startTestTarget, type TestTarget, withTools } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { rawExchange, rawHead } from '../support/raw-exchange.ts'
import { answerOrRedirect } from '../support/redirecting.ts'
import { sendSigned } from '../support/signed-call.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey, Mapping, NewMapping } from '../support/wire.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let appKey: AppKey
let caller: ApiClient
let bearer: string
let certificationId: number
let mapping: Mapping
/** The base url as a path. */
let base: string

beforeAll(async () => {
  target = await startTestTarget({ handler: answerOrRedirect })
  system = await System.start({ targets: [target], forwarderApiEnv: { FORWARD_ACCEPTS: 'oauth1,bearer' } })
  tenant = await system.newTenant()
  const identity = await target.clientCa.issue({ commonName: 'by base url' })
  const onboarded = await tenant.onboard(identity, `${target.url}/api/v1/*`)
  mapping = onboarded.mapping
  certificationId = onboarded.certificate.id
  base = tenant.pathTo(mapping)
  appKey = await tenant.newAppKey(['forward'])
  caller = system.toForwarderApi({ oauth1: appKey })
  bearer = await system.token([tenant.id], ['forward'])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => target.clear())

const get = (path: string, headers: Record<string, string> = {}) =>
  caller.json<EchoedRequest>('GET', path, undefined, headers)

/** Resolves once the forwarder knows it: that looks for unknown ones in the store only every five seconds. */
async function map(parts: Omit<NewMapping, 'certificationId'>): Promise<Mapping> {
  const made = await tenant.map({ certificationId, ...parts })
  await eventually(
    () => get(tenant.pathTo(made)),
    ({ status }) => status !== 404,
  )
  target.clear()
  return made
}

describe('a call by base url', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('goes out as %s below the url of its mapping', async (method) => {
    const body = method === 'GET' ? undefined : { hello: method }
    for (const client of [caller, system.toForwarderApi({ bearer })]) {
      const { status, body: seen } = await client.json<EchoedRequest>(method, `${base}/accounts/1?a=b`, body)
      expect({ status, seen }).toMatchObject({
        status: 200,
        seen: { method, url: '/api/v1/accounts/1?a=b', clientCertificate: { commonName: 'by base url' } },
      })
      expect(seen.body).toBe(body === undefined ? '' : JSON.stringify(body))
      expect(seen.headers.authorization).toBeUndefined()
    }
  })

  it('goes out as HEAD and comes back without a body', async () => {
    const { status, body } = await caller.raw({ method: 'HEAD', path: `${base}/h` })
    expect({ status, length: body.length, seen: target.seen }).toMatchObject({
      status: 200,
      length: 0,
      seen: [{ method: 'HEAD', url: '/api/v1/h' }],
    })
  })

  it('streams its body both ways', async () => {
    const echo = await map({ url: `${target.url}/*`, serviceId: 'IDP', name: 'all' })
    const bytes = randomBytes(2_000_000)
    const url = `${system.forwarderApi.url}${tenant.pathTo(echo)}/echo`
    const streamed = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}` },
      body: Readable.toWeb(Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)])),
      duplex: 'half',
    } as RequestInit)
    expect(Buffer.from(await streamed.arrayBuffer()).equals(bytes)).toBe(true)
    await tenant.api.json('DELETE', tenant.path(`mappings/${echo.id}`))
  })

  it.each([
    ['', '/api/v1/'],
    ['/', '/api/v1/'],
    ['?', '/api/v1/?'],
    ["/a//b;c=1/%e2%82%ac/%20/+~!$&'(),:@", "/api/v1/a//b;c=1/%e2%82%ac/%20/+~!$&'(),:@"],
    ['/q?a=1&a=2&b=%20+%2B&c=%c3%a9&d&=e&f==&g=x=y?z/;h', '/api/v1/q?a=1&a=2&b=%20+%2B&c=%c3%a9&d&=e&f==&g=x=y?z/;h'],
    ["/quote?name='it''s'&brackets=[1]", "/api/v1/quote?name='it''s'&brackets=[1]"],
    ['/a?path=/../%2f..%5c', '/api/v1/a?path=/../%2f..%5c'],
  ])('with %j asks for %s byte for byte, signed', async (rest, url) => {
    const call = { base: system.forwarderApi.url, path: base + rest, appKey }
    const { text } = await rawExchange(call.base, rawHead(call, { lines: 'Connection: close\r\n' }))
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(target.seen.map((request) => request.url)).toEqual([url])
  })

  it('is signed with its path: a signature for another one is refused', async () => {
    const call = {
      client: system.toForwarderApi(),
      method: 'GET',
      base: system.forwarderApi.url,
      path: `${base}/a`,
      appKey,
    }
    expect((await sendSigned(call)).status).toBe(200)
    expectProblem(await sendSigned(call, { url: `${call.base + base}/b` }), 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('takes the authorization and the version for its target from LP headers, and their hash from the query', async () => {
    const headers = { 'LP-authorization-override': 'Bearer of-the-target', 'LP-service-name': 'IDP' }
    const { body } = await get(`${base}/a?x=1`, headers)
    expect(body).toMatchObject({ url: '/api/v1/a?x=1', headers: { authorization: 'Bearer of-the-target' } })
    expectProblem(
      await get(`${base}/a`, { 'LP-present-certificate': `sha256=${'ab'.repeat(32)}` }),
      424,
      'CERTIFICATE_VERSION_UNKNOWN',
    )
  })

  it('presents the certificate of a narrower mapping of the service, as a call by LP-forward-url does', async () => {
    const narrow = await map({ url: `${target.url}/api/v1/off/*`, serviceId: 'IDP', name: 'off', enable: false })
    expectProblem(await get(`${base}/off/a`), 424, 'MAPPING_DISABLED')
    expectProblem(await get(`${tenant.pathTo(narrow)}/a`), 424, 'MAPPING_DISABLED')
    expect(target.seen).toEqual([])
  })

  it('is among the recent calls, and its log lines and metrics do not have the path of the target', async () => {
    await get(`${base}/canary-path?canary-query`)
    // One that is refused, as only some of those that succeed are recorded.
    const unknown = { 'LP-present-certificate': `sha256=${'ab'.repeat(32)}`, 'X-Request-Id': 'by-base-url' }
    expectProblem(await get(`${base}/canary-path?canary-query`, unknown), 424, 'CERTIFICATE_VERSION_UNKNOWN')
    await caller.raw({ method: 'OPTIONS', path: `${base}/canary-path/options`, headers: { 'X-Request-Id': 'options' } })
    const refused = await get(`${base}/canary-path/%2e%2e`, { 'X-Request-Id': 'refused-by-base-url' })
    expectProblem(refused, 400, 'TARGET_URL_NOT_CANONICAL')
    await get(`${tenant.forwardPath}/to//canary-path`)
    await get(`/${base}/canary-path`)
    const calls = await eventually(
      async () => (await tenant.api.json<RecentCall[]>('GET', tenant.path('calls'))).body,
      (all) => all.some(({ requestId }) => requestId === 'by-base-url'),
    )
    expect(calls.find(({ requestId }) => requestId === 'by-base-url')).toMatchObject({
      mappingId: mapping.id,
      serviceName: 'IDP',
      url: `${target.url}/api/v1/canary-path`,
    })
    const output = await eventually(
      async () => system.output,
      (text) => JSON.stringify(text).includes('refused-by-base-url'),
    )
    expect(JSON.stringify(output)).not.toMatch(/canary-(path|query)/)
    expect(JSON.stringify(output)).toContain(`to/${mapping.id}`)
    const metrics = await (await fetch(`${system.forwarderApi.managementUrl}/metrics`)).text()
    expect(metrics).toContain('route="/mtls/account/:accountId/to/:mappingId"')
    expect(metrics).not.toContain('canary')
  })
})

describe('a call by base url that is not made', () => {
  it.each([
    ...['/../x', '/%2e%2e/x', '/a/.%2E/b', '/./a', '/..;/x', '/a%2fb', '/..%2f..%2fx', '/a%5Cb', '//evil.example/'],
    ...['/https://evil.example/', '/a%zz'],
  ])('with %s behind the mapping is answered with 400', async (rest) => {
    const call = { base: system.forwarderApi.url, path: base + rest, appKey }
    const { text } = await rawExchange(call.base, rawHead(call, { lines: 'Connection: close\r\n' }))
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(text).toContain('"code":"TARGET_URL_NOT_CANONICAL"')
    expect(target.seen).toEqual([])
  })

  it('with a url in a header as well, or another service, is answered with 400', async () => {
    const refused = [{ 'LP-forward-url': `${target.url}/api/v1/a` }, { 'LP-service-name': 'FAAS' }]
    for (const headers of refused) expectProblem(await get(`${base}/a`, headers), 400, 'VALIDATION_FAILED')
    expectProblem(await get(`${base}/a`, { 'LP-service-name': 'NOBODY' }), 400, 'UNKNOWN_SERVICE')
    expect(target.seen).toEqual([])
  })

  it('by a mapping that is no base is answered with 400', async () => {
    const one = await map({ url: `${target.url}/exact`, serviceId: 'IDP', name: 'exact' })
    expect(await get(tenant.pathTo(one))).toMatchObject({ status: 200, body: { url: '/exact' } })
    expectProblem(await get(`${tenant.pathTo(one)}/a`), 400, 'NOT_A_BASE_URL')
    const many = await map({ url: 'https://*.bank.example/*', serviceId: 'IDP', name: 'hosts' })
    expectProblem(await get(`${tenant.pathTo(many)}/a`), 400, 'NOT_A_BASE_URL')
  })

  it('never goes out without a certificate, whatever its headers say', async () => {
    const one = await map({ url: `${target.url}/only`, serviceId: 'IDP', name: 'only' })
    const headers = { 'LP-stop-if-certificate-not-found': 'false' }
    expectProblem(await get(`${tenant.pathTo(one)}?unmapped`, headers), 500, 'NO_CERTIFICATE_FOR_CALL')
    expect(target.seen).toEqual([])
  })

  it('finds its mapping until it is deleted', async () => {
    const made = await map({ url: `${target.url}/soon/*`, serviceId: 'IDP', name: 'soon' })
    expect((await get(`${tenant.pathTo(made)}/a`)).status).toBe(200)
    expect((await tenant.api.json('DELETE', tenant.path(`mappings/${made.id}`))).status).toBe(200)
    const refused = await eventually(
      () => get(`${tenant.pathTo(made)}/a`),
      ({ status }) => status !== 200,
    )
    expectProblem(refused, 404, 'MAPPING_NOT_FOUND')
  })

  it('is answered by its target with a certificate, or refused, while its mapping is deleted', async () => {
    const used = await map({ url: `${target.url}/used/*`, serviceId: 'IDP', name: 'used' })
    const statuses = new Set<number>()
    const calling = Array.from({ length: 4 }, async () => {
      for (let status = 200; status !== 404; ) {
        status = (await get(`${tenant.pathTo(used)}/a`)).status
        statuses.add(status)
      }
    })
    await eventually(
      async () => statuses.has(200),
      (hasBegun) => hasBegun,
    )
    await tenant.api.json('DELETE', tenant.path(`mappings/${used.id}`))
    await Promise.all(calling)
    // 500 is NO_CERTIFICATE_FOR_CALL; 424 would be the target's refusal of a call without a certificate.
    expect([...statuses].filter((status) => ![200, 404, 500].includes(status))).toEqual([])
  })

  it('tells nobody else which mappings there are', async () => {
    const other = await (await system.newTenant()).newCaller()
    for (const [client, status, code] of [
      [other, 403, 'WRONG_ACCOUNT'],
      [system.toForwarderApi(), 401, 'CREDENTIALS_MISSING'],
    ] as const) {
      for (const id of [mapping.id, 1]) {
        expectProblem(await client.json('GET', `${tenant.forwardPath}/to/${id}/..`), status, code)
      }
    }
  })
})

describe('a Location of the target', () => {
  it.each([
    ['next?a=b#c', () => `${base}/next?a=b#c`],
    ['/api/v1/', () => `${base}/`],
    [() => `${target.url}/api/v1/x`, () => `${base}/x`],
    ['/api/v2/x', () => `${target.url}/api/v2/x`],
    ['https://elsewhere.example', () => 'https://elsewhere.example/'],
    [() => `https:${base}/x`, () => `${target.url}${base}/x`],
  ])('%s leads below the base url again, or away from the gateway', async (location, expected) => {
    const text = typeof location === 'string' ? location : location()
    const { headers } = await caller.raw({ method: 'GET', path: `${base}/location?${encodeURIComponent(text)}` })
    expect(headers.location).toBe(expected())
  })

  it('that leads to the gateway by its own name, or by none that can be read, is left out', async () => {
    for (const location of [`${system.forwarderApi.url}${base}/x`, 'https://[bad']) {
      const path = `${base}/location?${encodeURIComponent(location)}`
      const { status, headers } = await caller.raw({ method: 'GET', path })
      expect([status, headers.location]).toEqual([307, undefined])
    }
  })

  it('passes as it is in the answer to a call by LP-forward-url', async () => {
    const path = tenant.forwardPath
    const { headers } = await caller.raw({
      method: 'GET',
      path,
      headers: { 'LP-forward-url': `${target.url}/api/v1/location?next` },
    })
    expect(headers.location).toBe('next')
  })
})

describe('a program that knows nothing of the gateway but a base url', () => {
  const run = promisify(execFile)
  const url = (rest: string) => system.forwarderApi.url + base + rest
  const authorization = () => `Authorization: Bearer ${bearer}`

  withTools(it, 'curl')('reaches the target from curl, which follows its redirects', async () => {
    const words = ['-sS', '--fail', '-L', '-H', authorization(), '-d', 'a=1', url('/location?%2Fapi%2Fv1%2Fnew')]
    const echoed = JSON.parse((await run('curl', words)).stdout)
    const seen = { method: 'POST', url: '/api/v1/new', body: 'a=1', clientCertificate: { commonName: 'by base url' } }
    expect(echoed).toMatchObject(seen)
  })

  withTools(it, 'requests for Python')('reaches the target from Python, which follows its redirects', async () => {
    const program = `
import os, requests
from urllib.parse import urljoin
session = requests.Session()
session.headers["Authorization"] = os.environ["AUTHORIZATION"]
base = os.environ["BASE_URL"]
session.post(urljoin(base, "payments"), json={"amount": 1}, timeout=60).raise_for_status()
print(session.get(urljoin(base, "location"), params="next%3Fa=b", timeout=60).text)
`
    const env = { ...process.env, BASE_URL: url('/'), AUTHORIZATION: `Bearer ${bearer}` }
    const echoed = JSON.parse((await run('python3', ['-c', program], { env })).stdout)
    expect(echoed).toMatchObject({ url: '/api/v1/next?a=b', clientCertificate: { commonName: 'by base url' } })
    expect(target.seen.map((request) => request.url)).toContain('/api/v1/payments')
  })
})
