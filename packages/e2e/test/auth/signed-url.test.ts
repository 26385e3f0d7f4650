import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { expectProblem } from '../support/expect-problem.ts'
import { sharedSystem } from '../support/shared-system.ts'
import { type SignedCall, send, sendSigned, signatureOf } from '../support/signed-call.ts'
import { System } from '../support/system.ts'
import type { AppKey } from '../support/wire.ts'

describe('the signed url', () => {
  let system: System
  let appKey: AppKey
  let path: string

  beforeAll(async () => {
    system = await System.start({
      configApiEnv: { PUBLIC_BASE_URLS: 'https://mtls.example.com,https://second.example.com/base' },
      forwarderApiEnv: { TRUSTED_PROXIES: '127.0.0.1' },
    })
    const tenant = await system.newTenant()
    appKey = await tenant.newAppKey()
    path = tenant.path('certificates')
  })

  afterAll(() => system?.stop())

  const list = (base: string): SignedCall => ({ client: system.toConfigApi(), base, method: 'GET', path, appKey })
  const check = (base: string, headers: Record<string, string> = {}): SignedCall => ({
    client: system.toForwarderApi(),
    base,
    method: 'POST',
    path: '/mtls/mapping',
    appKey,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify([{ serviceName: 'IDP', accountId: path.split('/')[3], url: 'https://target.example/' }]),
  })

  it('is the one of PUBLIC_BASE_URLS, whatever the Host', async () => {
    const call = list(system.configApi.url)
    const authorization = signatureOf(list('https://mtls.example.com'))
    expect((await send(call, authorization)).status).toBe(200)
  })

  it('is not the Host where PUBLIC_BASE_URLS is set', async () => {
    expectProblem(await sendSigned(list(system.configApi.url)), 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('is the Host as it was called where nothing is configured', async () => {
    expect((await sendSigned(check('http://any.example:8080'))).status).toBe(200)
  })

  it('is the one of X-Forwarded-Proto and -Host behind a trusted proxy', async () => {
    const headers = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'public.example',
      'x-forwarded-for': '192.0.2.1',
    }
    const call = check(system.forwarderApi.url, headers)
    expect((await send(call, signatureOf(check('https://public.example')))).status).toBe(200)
    expectProblem(await sendSigned(call), 401, 'OAUTH_CREDENTIALS_INVALID')
  })

  it('ignores X-Forwarded-* from proxies that are not trusted', async () => {
    const untrusting = await sharedSystem()
    try {
      const tenant = await untrusting.newTenant()
      const key = await tenant.newAppKey()
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'public.example' }
      const call: SignedCall = {
        client: untrusting.toConfigApi(),
        base: untrusting.configApi.url,
        method: 'GET',
        path: tenant.path('certificates'),
        appKey: key,
        headers,
      }
      expect((await sendSigned(call)).status).toBe(200)
      const forwarded = signatureOf({ ...call, base: 'https://public.example' })
      expectProblem(await send(call, forwarded), 401, 'OAUTH_CREDENTIALS_INVALID')
    } finally {
      await untrusting.stop()
    }
  })
})
