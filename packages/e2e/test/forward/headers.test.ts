import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { rawHttp } from '../support/raw-http.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

describe.each(['LP-forward-url', 'base url'])('the headers of a call by %s', (entry) => {
  let target: TestTarget
  let system: SharedSystem
  let tenant: Tenant
  let appKey: AppKey
  let path: string
  let named: Record<string, string>

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    tenant = await system.newTenant()
    const { mapping } = await tenant.onboard(await target.clientCa.issue({ commonName: 'headers' }), `${target.url}/`)
    const isNamed = entry === 'LP-forward-url'
    path = isNamed ? tenant.forwardPath : tenant.pathTo(mapping)
    named = isNamed ? lp(`${target.url}/`) : {}
    appKey = await tenant.newAppKey(['forward'])
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function forward(headers: Record<string, string | string[]>, body = 'hello'): Promise<EchoedRequest> {
    const url = system.forwarderApi.url + path
    const authorization = signOAuth1({ method: 'POST', url, ...appKey })
    const answer = await rawHttp(url, 'POST', { authorization, ...named, ...headers }, body)
    expect(answer.status).toBe(200)
    return JSON.parse(answer.body)
  }

  it('go through when they are end to end', async () => {
    const sent = {
      accept: 'application/x-a, */*;q=0.1',
      'accept-encoding': 'x-own',
      'user-agent': 'e2e/1 (tests)',
      cookie: 'a=1; b=2',
      'content-type': 'application/x-own; p="q"',
      'if-none-match': 'W/"1"',
      'x-tenant-own': ['one', 'two'],
      'idempotency-key': 'k-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }
    const { headers, rawHeaders, body } = await forward(sent)
    expect(headers).toMatchObject({ ...sent, 'x-tenant-own': 'one, two' })
    expect(rawHeaders.filter((value) => value === 'one' || value === 'two')).toEqual(['one', 'two'])
    expect(body).toBe('hello')
    expect(headers.host).toBe(`localhost:${target.port}`)
  })

  it('say in Via that a gateway was here', async () => {
    expect((await forward({})).headers.via).toMatch(/^1\.1 \S+/)
    expect((await forward({ via: '1.0 before' })).headers.via).toMatch(/^1\.0 before, 1\.1 \S+/)
  })

  it('do not carry what is between caller and gateway', async () => {
    const { headers } = await forward({
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'gateway.example',
      'x-forwarded-port': '443',
      'x-forwarded-prefix': '/x',
      forwarded: 'for=192.0.2.1',
      'x-real-ip': '192.0.2.1',
      'x-proxy-secret': 'shared',
      'LP-something-else': 'internal',
      'lp-own': 'internal',
      'LP-stop-if-certificate-not-found': 'false',
    })
    const leaked = Object.keys(headers).filter((name) =>
      /^(lp-|x-forwarded|forwarded|x-real-ip|x-proxy-secret|authorization)/.test(name),
    )
    expect(leaked).toEqual([])
    expect(JSON.stringify(headers)).not.toContain('OAuth')
    expect(JSON.stringify(headers)).not.toContain(appKey.appKey)
  })

  it('do not carry hop-by-hop fields, nor those that Connection names', async () => {
    const { headers } = await forward({
      connection: 'close, X-Named, x-also-named',
      'x-named': '1',
      'x-also-named': '2',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'keep-alive',
      'proxy-authorization': 'Basic YTpi',
      te: 'trailers',
      upgrade: 'h2c',
      'x-kept': '3',
    })
    expect(headers['x-kept']).toBe('3')
    const gone = ['x-named', 'x-also-named', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'upgrade']
    for (const name of gone) expect(headers[name]).toBeUndefined()
    expect(headers.connection ?? 'keep-alive').not.toMatch(/named/i)
  })

  it('take Authorization and Content-Type from the LP-* overrides', async () => {
    const { headers } = await forward({
      'content-type': 'text/plain',
      'LP-authorization-override': 'Bearer of-the-target',
      'LP-content-type-override': 'application/soap+xml; charset=utf-8',
    })
    expect(headers.authorization).toBe('Bearer of-the-target')
    expect(headers['content-type']).toBe('application/soap+xml; charset=utf-8')
  })

  it('are as the caller’s where nothing overrides them', async () => {
    const { headers } = await forward({ 'content-type': 'garbage' })
    expect(headers.authorization).toBeUndefined()
    expect(headers['content-type']).toBe('garbage')
  })

  it('may say Expect: 100-continue, which is between the caller and the gateway', async () => {
    const { headers, body } = await forward({ expect: '100-continue' }, 'waited')
    expect(body).toBe('waited')
    expect(headers.expect).toBeUndefined()
  })
})
