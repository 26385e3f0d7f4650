import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type ApiResponse, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const securityHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

let target: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target], env: { API_DOCS: 'false' } })
  tenant = await system.newTenant()
  await tenant.onboard(await target.clientCa.issue({ commonName: 'c' }), `${target.url}/`)
  caller = await tenant.newCaller()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const expectAll = ({ headers }: ApiResponse<unknown>) => expect(headers).toMatchObject(securityHeaders)

describe('security headers', () => {
  it('are in the answers of config-api that show a secret once', async () => {
    const key = await tenant.api.json<{ appSecret: string }>('POST', tenant.path('app-keys'), { label: 'headers' })
    expect(key.body.appSecret).toEqual(expect.any(String))
    expectAll(key)
    const webhook = { unmappedCalls: 'plain', webhook: { url: 'https://hooks.example/' } }
    const settings = await tenant.api.json<{ webhook: { secret: string } }>('PUT', tenant.path('settings'), webhook)
    expect(settings.body.webhook.secret).toEqual(expect.any(String))
    expectAll(settings)
  })

  it('are in its lists, its files and its problems', async () => {
    const list = await tenant.api.json<{ id: number }[]>('GET', tenant.path('certificates'))
    const download = tenant.path(`certificates/${list.body[0]?.id}/download`)
    for (const path of [tenant.path('certificates'), download, tenant.path('certificates/1'), '/nowhere', '/docs']) {
      expectAll(await tenant.api.raw({ method: 'GET', path }))
    }
    const own = await tenant.api.raw({ method: 'POST', path: tenant.forwardPath, headers: lp(target.url) })
    expect(own.status).toBe(404)
    expect(own.headers['lp-answered-by']).toBe('gateway')
    expectAll(await system.toConfigApi().raw({ method: 'GET', path: tenant.path('certificates') }))
  })

  it('are in the own answers of forwarder-api, whoever gives them', async () => {
    const answers = [
      await caller.raw({ method: 'GET', path: tenant.forwardPath }),
      await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp('https://127.0.0.1:1/') }),
      await system.toForwarderApi().raw({ method: 'POST', path: tenant.forwardPath, headers: lp(target.url) }),
      await caller.json('POST', '/mtls/mapping?v=2', []),
      await caller.raw({ method: 'GET', path: '/docs' }),
      await caller.raw({ method: 'GET', path: '/health/live' }),
    ]
    for (const answer of answers) {
      expect(answer.headers['lp-answered-by']).toBe('gateway')
      expectAll(answer)
    }
  })

  it('are in no answer of a target: it is passed on as it came', async () => {
    const answer = await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) })
    expect(answer.status).toBe(200)
    for (const name of Object.keys(securityHeaders)) expect(answer.headers).not.toHaveProperty(name)
  })

  it('come with no documentation where API_DOCS=false', async () => {
    for (const client of [tenant.api, caller]) {
      for (const path of ['/docs', '/docs-json']) {
        expect((await client.raw({ method: 'GET', path })).status).toBe(404)
      }
    }
  })
})
