import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

describe('a forwarded call', () => {
  let target: TestTarget
  /** Answers with the headers that a test wants to see come through. */
  let headersTarget: TestTarget
  let system: SharedSystem
  let tenant: Tenant
  let caller: ApiClient

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    headersTarget = await system.startTarget({
      requireClientCertificate: false,
      handler: (_, response) => {
        response.writeHead(207, 'Nobody reads this', {
          'content-type': 'text/x-own; charset=latin1',
          'set-cookie': ['a=1; Path=/', 'b=2'],
          'x-own': 'Value, with; signs="kept"',
          'www-authenticate': 'Basic realm="target"',
          'content-encoding': 'x-mine',
          'cache-control': 'no-store',
          location: 'https://elsewhere.example/',
        })
        response.end(Buffer.from([0, 255, 1, 254]))
      },
    })
    tenant = await system.newTenant()
    const certificate = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'forwarded' }))
    const paths = ['/', '/star/*', ...statuses.map((status) => `/status/${status}`), ...rawPaths]
    const mappings = paths.map((path, index) => {
      const mapping = { certificationId: certificate.id, serviceId: 'IDP', enable: true }
      return { ...mapping, url: target.url + path, name: `m${index}` }
    })
    const made = await tenant.api.json('POST', tenant.path('mappings'), mappings)
    expect(made.status).toBe(201)
    caller = await tenant.newCaller(['forward'])
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await headersTarget?.close()
  })

  const statuses = [200, 201, 202, 204, 301, 302, 304, 400, 401, 403, 404, 409, 418, 422, 424, 429, 500, 502, 503]
  const rawPaths = [
    "/a//b;c=1/%2F/%e2%82%ac/+~!$&'(),:@",
    '/q?a=1&a=2&b=%20+%2B&c=%c3%A9&d&=e&f==&g=x=y?z/;h',
    "/quote?name='it''s'&brackets=[1]",
    '/q?',
    '/UPPER/lower?Q=Upper',
  ]
  // Below a pattern: a star of its own is no matter there.
  const belowPattern = ['/star/', '/star/a*b/*?fields=*', '/star//a/?']

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('goes out as %s with its body', async (method) => {
    const body = method === 'GET' ? undefined : { hello: method }
    const answer = await caller.json<EchoedRequest>(method, tenant.forwardPath, body, lp(`${target.url}/`))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ method, url: '/', body: body ? JSON.stringify(body) : '' })
    expect(answer.body.clientCertificate?.commonName).toBe('forwarded')
  })

  it('goes out as HEAD and comes back without a body', async () => {
    target.clear()
    const answer = await caller.raw({ method: 'HEAD', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    expect(answer.status).toBe(200)
    expect(answer.body).toHaveLength(0)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0)
    expect(target.seen).toMatchObject([{ method: 'HEAD' }])
  })

  it.each(statuses)('brings back status %i as the target’s own', async (status) => {
    const answer = await caller.raw({
      method: 'POST',
      path: tenant.forwardPath,
      headers: lp(`${target.url}/status/${status}`),
      body: 'x',
    })
    expect(answer.status).toBe(status)
    expect(answer.headers['lp-answered-by']).toBeUndefined()
    expect(answer.headers['lp-error-from-transport']).toBeUndefined()
    expect(answer.headers['x-request-id']).toBeDefined()
    if (![204, 304].includes(status)) expect(JSON.parse(answer.body.toString('utf8'))).toMatchObject({ body: 'x' })
  })

  it('has the request id of its answer in the log', async () => {
    const answer = await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    const id = String(answer.headers['x-request-id'])
    // The log is written behind the answer.
    await eventually(
      () => system.readOutput(),
      (output) => output.includes(id),
    )
  })

  it('brings back the target’s headers and bytes untouched', async () => {
    const answer = await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${headersTarget.url}/h`) })
    expect(answer.status).toBe(207)
    expect(answer.headers).toMatchObject({
      'content-type': 'text/x-own; charset=latin1',
      'set-cookie': ['a=1; Path=/', 'b=2'],
      'x-own': 'Value, with; signs="kept"',
      'www-authenticate': 'Basic realm="target"',
      'content-encoding': 'x-mine',
      'cache-control': 'no-store',
      location: 'https://elsewhere.example/',
    })
    expect(answer.body).toEqual(Buffer.from([0, 255, 1, 254]))
  })

  it.each([...rawPaths, ...belowPattern])('asks for %s byte for byte', async (path) => {
    const headers = lp(target.url + path)
    const answer = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
    expect(answer.status).toBe(200)
    expect(answer.body.url).toBe(path)
  })

  it('asks by the caller’s writing where host and scheme are in capitals', async () => {
    const headers = lp(target.url.replace('https://localhost', 'HTTPS://LOCALHOST'))
    const answer = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
    expect(answer).toMatchObject({ status: 200, body: { url: '/', clientCertificate: { commonName: 'forwarded' } } })
  })

  it('takes the service by its number', async () => {
    const headers = lp(`${target.url}/`, '1')
    const answer = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
    expect(answer.body.clientCertificate?.commonName).toBe('forwarded')
  })
})
