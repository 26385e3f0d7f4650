import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type ApiResponse, type TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

describe('a call that is not forwarded', () => {
  let target: TestTarget
  let system: SharedSystem
  let tenant: Tenant
  let caller: ApiClient

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget({ requireClientCertificate: false })
    tenant = await system.newTenant()
    caller = await tenant.newCaller(['forward'])
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const forward = (headers: Record<string, string | string[]>) =>
    caller.raw({ method: 'GET', path: tenant.forwardPath, headers })

  function expectOwn(answer: ApiResponse<unknown>, status: number, code: string) {
    expectProblem(answer, status, code)
    expect(answer.headers['lp-answered-by']).toBe('gateway')
    expect(answer.headers['x-request-id']).toMatch(/.{8,}/)
    expect(target.seen).toEqual([])
  }

  const url = () => `${target.url}/`
  it.each([
    { what: 'no url', headers: () => ({ 'LP-service-name': 'IDP' }), code: 'TARGET_URL_MISSING' },
    { what: 'an empty url', headers: () => lp(''), code: 'TARGET_URL_MISSING' },
    { what: 'an unknown service', headers: () => lp(url(), 'NOBODY'), code: 'UNKNOWN_SERVICE' },
    { what: 'an http url', headers: () => lp(url().replace('https', 'http')), code: 'TARGET_URL_NOT_HTTPS' },
    { what: 'a file url', headers: () => lp('file:///etc/passwd'), code: 'TARGET_URL_NOT_HTTPS' },
    ...['a/../b', '%2e%2e/b', 'a/./b', 'a\\b', 'a/%2E./b'].map((path) => ({
      what: `the path ${path}`,
      headers: () => lp(url() + path),
      code: 'TARGET_URL_NOT_CANONICAL',
    })),
    {
      what: 'user info',
      headers: () => lp(url().replace('https://', 'https://user:password@')),
      code: 'TARGET_URL_NOT_CANONICAL',
    },
    {
      what: 'two urls',
      headers: () => ({ 'LP-forward-url': [url(), url()], 'LP-service-name': 'IDP' }),
      code: 'DUPLICATE_HEADER',
    },
    {
      what: 'two services',
      headers: () => ({ 'LP-forward-url': url(), 'LP-service-name': ['IDP', 'FAAS'] }),
      code: 'DUPLICATE_HEADER',
    },
  ])('for $what says so with 400', async ({ headers, code }) => {
    expectOwn(await forward(headers()), 400, code)
  })

  it('for want of credentials is answered by the gateway, and says so', async () => {
    const answer = await system.toForwarderApi().raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url()) })
    expectOwn(answer, 401, 'CREDENTIALS_MISSING')
  })

  it.each(['yes', '1'])('for LP-stop-if-certificate-not-found: %j says so with 400', async (value) => {
    const answer = await forward({ ...lp(url()), 'LP-stop-if-certificate-not-found': value })
    expectOwn(answer, 400, 'VALIDATION_FAILED')
  })

  it('for its method is answered with 404 or 405', async () => {
    const options = await caller.raw({ method: 'OPTIONS', path: tenant.forwardPath, headers: lp(url()) })
    expect([404, 405]).toContain(options.status)
  })
})
