import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { expectProblem, problemOf } from '../support/expect-problem.ts'
import { rawExchange } from '../support/raw-exchange.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { expectEmpty } from '../support/untouched.ts'

let system: SharedSystem
let tenant: Tenant

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
})

afterAll(() => system?.stop())
afterEach(() => expectEmpty(tenant))

const json = { 'content-type': 'application/json' }

describe('a JSON body', () => {
  const routes = [
    { method: 'POST', below: 'certificates' },
    { method: 'PUT', below: 'certificates' },
    { method: 'POST', below: 'mappings' },
    { method: 'PUT', below: 'mappings' },
    { method: 'POST', below: 'app-keys' },
  ]
  it.each(routes)('that is broken is refused by $method $below', async ({ method, below }) => {
    for (const body of ['[{', '{"name"', 'nonsense', '']) {
      const refused = await tenant.api.raw({ method, path: tenant.path(below), headers: json, body })
      expectProblem(refused, 400, body === '' ? problemOf(refused).code : 'MALFORMED_JSON')
    }
  })

  it.each(routes)('of the wrong shape is refused by $method $below', async ({ method, below }) => {
    for (const body of ['text', 7, true, null, [[]], [7], { list: [] }]) {
      const refused = await tenant.api.json(method, tenant.path(below), body)
      expectProblem(refused, 400, 'VALIDATION_FAILED')
    }
  })

  it('of another type is refused with 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'garbage']) {
      const request = { method: 'POST', path: tenant.path('mappings'), headers: { 'content-type': type }, body: '[]' }
      expectProblem(await tenant.api.raw(request), 415, 'UNSUPPORTED_MEDIA_TYPE')
    }
  })

  it.each([...routes, { method: 'POST', below: 'certificates/1/staged' }])(
    'that nests deep is refused by $method $below',
    async ({ method, below }) => {
      const body = `[{"name":${'['.repeat(9_000)}${']'.repeat(9_000)}}]`
      const headers = { ...json, 'idempotency-key': 'deep' }
      expectProblem(await tenant.api.raw({ method, path: tenant.path(below), headers, body }), 400, 'LIMIT_EXCEEDED')
    },
  )

  it('does not reach the prototype of anything', async () => {
    const body = '[{"__proto__":{"name":"x"},"constructor":{"prototype":{"name":"x"}}}]'
    const refused = await tenant.api.raw({ method: 'POST', path: tenant.path('mappings'), headers: json, body })
    expect(refused.status).toBe(400)
  })
})

describe('a multipart body', () => {
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  const part = (name: string, content: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
  const certificate = part('certificate', '{"name":"c1","password":"x"}')
  const file =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.p12"\r\n' +
    'Content-Type: application/octet-stream\r\n\r\nAAAA\r\n'

  it.each([
    { what: 'is cut off', body: `${certificate}${file}`.slice(0, -10) },
    { what: 'has no closing boundary', body: `${certificate}${file}` },
    { what: 'is not multipart at all', body: 'hello' },
    { what: 'is empty', body: '' },
  ])('that $what is refused', async ({ body }) => {
    for (const [method, below] of [
      ['POST', 'certificates/by-file'],
      ['PUT', 'certificates/by-file'],
      ['POST', 'p12-test/multipart'],
    ] as const) {
      const refused = await tenant.api.raw({ method, path: tenant.path(below), headers: type, body })
      expectProblem(refused, 400, 'MALFORMED_MULTIPART')
    }
  })

  it.each([
    { what: 'without the file', body: certificate },
    { what: 'without the certificate', body: file },
    { what: 'with a certificate that is no JSON', body: part('certificate', '{name') + file },
    { what: 'with a certificate without name', body: part('certificate', '{"password":"x"}') + file },
    { what: 'with two files', body: certificate + file + file },
  ])('$what is refused', async ({ body }) => {
    const path = tenant.path('certificates/by-file')
    const refused = await tenant.api.raw({ method: 'POST', path, headers: type, body: `${body}--b--\r\n` })
    expectProblem(refused, 400, problemOf(refused).code)
    expect(['VALIDATION_FAILED', 'MALFORMED_MULTIPART']).toContain(problemOf(refused).code)
  })

  it.each(['\r\n', '\r\nContent-Type: application/json\r\n'])(
    'with a part that nests deep is refused: %j',
    async (head) => {
      const deep = '['.repeat(200_000) + ']'.repeat(200_000)
      for (const [below, name] of [
        ['certificates/by-file', 'certificate'],
        ['p12-test/multipart', 'targetTrust'],
      ] as const) {
        const nested = part(name, deep).replace('\r\n\r\n', `${head}\r\n`)
        const body = `${nested}${file}--b--\r\n`
        const refused = await tenant.api.raw({ method: 'POST', path: tenant.path(below), headers: type, body })
        expectProblem(refused, 400, 'LIMIT_EXCEEDED')
        expect(problemOf(refused)).toMatchObject({ field: name })
      }
    },
  )

  it('has to be one where a file is asked for', async () => {
    const refused = await tenant.api.json('POST', tenant.path('certificates/by-file'), [])
    expectProblem(refused, 415, 'UNSUPPORTED_MEDIA_TYPE')
  })
})

describe('a path', () => {
  it.each(['a.b', 'a%20b', 'x'.repeat(65), '%C3%BC'])('with the account %s is refused', async (account) => {
    const refused = await tenant.api.json('GET', `/mtls/account/${account}/certificates`)
    expectProblem(refused, 400, 'ACCOUNT_ID_INVALID')
  })

  it.each(['certificates/abc', 'certificates/-1', 'certificates/1.5', 'certificates/9007199254740993', 'mappings/x'])(
    'with an id that is none is refused: %s',
    async (below) => {
      const refused = await tenant.api.json('GET', tenant.path(below))
      expect([400, 404]).toContain(refused.status)
      expectProblem(refused, refused.status, problemOf(refused).code)
    },
  )

  it('that leads nowhere answers 404 on both services', async () => {
    expectProblem(await tenant.api.json('GET', '/nowhere'), 404, 'NOT_FOUND')
    expectProblem(await system.toForwarderApi().json('GET', '/nowhere'), 404, 'NOT_FOUND')
  })

  it('with a broken percent sign is refused', async () => {
    const refused = await tenant.api.json('GET', '/mtls/account/%E0%A4%A/certificates')
    expect([400, 404]).toContain(refused.status)
    expectProblem(refused, refused.status, problemOf(refused).code)
  })
})

describe('a body that nobody asked for', () => {
  const bodies = [
    'Content-Length: 5\r\n\r\nhello',
    'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    'Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  ]
  const next = 'GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

  it.each(bodies)(
    'is let by where no credentials are needed, and the next request is read behind it: %j',
    async (body) => {
      for (const { url } of [system.configApi, system.forwarderApi]) {
        const { text } = await rawExchange(url, `GET /health/live HTTP/1.1\r\nHost: a\r\n${body}${next}`)
        expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404'])
      }
    },
  )
})
