import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ProblemDocument } from '../../src/index.ts'
import { leakedText } from '../support/test-controller.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService({ answerHeaders: { 'lp-answered-by': 'gateway' } })
})
afterAll(() => service.stop())

async function problem(path: string, init: RequestInit = {}) {
  const response = await fetch(service.url + path, init)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  const body = (await response.json()) as ProblemDocument & Record<string, unknown>
  expect(body).toMatchObject({ status: response.status, instance: response.headers.get('x-request-id') })
  expect(body.type).toBe(`urn:mtls-gateway:problem:${body.code}`)
  expect(response.headers.get('lp-answered-by')).toBe('gateway')
  return { response, body }
}

const json = (body: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body })

describe('an error of a Nest service', () => {
  it('is a problem document with code, sentence, details and Retry-After', async () => {
    const { response, body } = await problem('/fail/coded')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(body).toMatchObject({ code: 'ACCOUNT_BUSY', title: 'Account busy', detail: 'Try again.', field: 'name' })
  })

  it('can not have its standard members replaced by details', async () => {
    const { body } = await problem('/fail/coded')
    expect(body.status).toBe(503)
  })

  it('challenges a 401 in WWW-Authenticate, for each kind of credentials that the resource accepts', async () => {
    const { response } = await problem('/fail/challenge')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('OAuth realm="mtls-gateway", Bearer realm="mtls-gateway"')
  })

  it('that is not meant for callers tells them nothing and is logged with its stack', async () => {
    const { response, body } = await problem('/fail/inner')
    expect(response.status).toBe(500)
    expect(body.code).toBe('INTERNAL_ERROR')
    expect(JSON.stringify(body)).not.toContain(leakedText)
    const line = service.lines.find(({ event, requestId }) => event === 'failure' && requestId === body.instance)
    expect(line).toMatchObject({ level: 'error', err: { stack: expect.stringContaining('test-controller') } })
    expect(JSON.stringify(line)).not.toContain(`password=${leakedText}`)
  })

  it('of the store is 503 with Retry-After', async () => {
    const { response, body } = await problem('/fail/store')
    expect([response.status, body.code]).toEqual([503, 'STORE_UNAVAILABLE'])
    expect(response.headers.get('retry-after')).toBe('5')
    expect(JSON.stringify(body)).not.toContain(leakedText)
  })

  it.each(['/fail/begun', '/fail/hijacked'])(
    'behind which no status can be sent breaks the connection: %s',
    async (path) => {
      await expect(fetch(service.url + path).then((response) => response.text())).rejects.toThrow()
    },
  )

  it('of Nest itself gets the code of its status', async () => {
    expect((await problem('/fail/forbidden')).body.code).toBe('SCOPE_MISSING')
  })
})

describe('a request that can not be taken', () => {
  it.each([
    ['a path that is nowhere', '/nowhere?access_token=x', {}, 404, 'NOT_FOUND'],
    ['a path with another method', '/things?access_token=x', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['a path that is no path', '/%zz', {}, 400, 'MALFORMED_REQUEST'],
    ['a segment that is too long', `/accounts/${'x'.repeat(200)}/things`, {}, 400, 'MALFORMED_REQUEST'],
    [
      'a content type that is not taken',
      '/things',
      { method: 'POST', body: new Blob(['x'], { type: 'a/b' }) },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a body that is not valid', '/things', json('{"name":1}'), 400, 'VALIDATION_FAILED'],
    ['a query that is not valid', '/fail/query?n=x', {}, 400, 'VALIDATION_FAILED'],
  ] as const)('for %s', async (_, path, init, status, code) => {
    const { response, body } = await problem(path, init)
    expect([response.status, body.code]).toEqual([status, code])
    expect(JSON.stringify(body)).not.toContain('access_token')
  })

  it('for its path is told that another service may be meant', async () => {
    expect((await problem('//mtls/account/a1')).body.detail).toContain('which service the url leads to')
  })

  it('for its method is told which ones are taken', async () => {
    const { response, body } = await problem('/accounts/a1/things', { method: 'DELETE' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(body).toMatchObject({ code: 'METHOD_NOT_ALLOWED', allowed: ['GET', 'HEAD'] })
  })

  it('is told everything that is not valid, with its place', async () => {
    const { body } = await problem('/things', json('{"name":1}'))
    expect(body.errors).toEqual([
      expect.objectContaining({ field: 'name' }),
      expect.objectContaining({ field: 'size' }),
    ])
  })
})

describe('X-Request-Id', () => {
  it('is the one of the caller where it is harmless', async () => {
    const { response } = await problem('/fail/coded', { headers: { 'x-request-id': 'abc-1.2_3' } })
    expect(response.headers.get('x-request-id')).toBe('abc-1.2_3')
  })

  it.each(['a b', 'x'.repeat(65), 'a"b', 'a, b'])('is made anew for %j', async (given) => {
    const { response } = await problem('/fail/coded', { headers: { 'x-request-id': given } })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is in answers that are no errors, too', async () => {
    const response = await fetch(`${service.url}/accounts/a1/things`, { headers: { 'x-request-id': 'r1' } })
    expect([response.status, response.headers.get('x-request-id')]).toEqual([200, 'r1'])
  })
})
