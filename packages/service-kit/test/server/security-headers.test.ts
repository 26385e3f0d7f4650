import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

const expected = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}
const json = { method: 'POST', headers: { 'content-type': 'application/json' } }

describe('the security headers of a service', () => {
  let service: TestService

  beforeAll(async () => {
    service = await startTestService()
  })
  afterAll(() => service?.stop())

  it.each([
    ['an answer', '/accounts/a1/things', {}, 200],
    ['health', '/health/live', {}, 200],
    ['a problem of a handler', '/fail/coded', {}, 503],
    ['a defect', '/fail/inner', {}, 500],
    ['a body that is not JSON', '/things', { ...json, body: '{' }, 400],
    ['a path that is nowhere', '/nowhere', {}, 404],
    ['a path that is no path', '/%zz', {}, 400],
    ['another method', '/health/live', { method: 'PATCH' }, 405],
    ['the OpenAPI document', '/docs-json', {}, 200],
  ] as const)('are in %s', async (_, path, init, status) => {
    const response = await fetch(service.url + path, init)
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toMatchObject(expected)
    expect(response.headers.has('strict-transport-security')).toBe(false)
  })

  it('are in the answer to what is no HTTP', async () => {
    const connection = new RawConnection(service.url).send('nonsense\r\n\r\n')
    await connection.until('MALFORMED_REQUEST')
    for (const [name, value] of Object.entries(expected)) expect(connection.text).toContain(`${name}: ${value}\r\n`)
  })

  it('are in what the management port says', async () => {
    for (const path of ['/metrics', '/other']) {
      const response = await fetch(service.managementUrl + path)
      await response.arrayBuffer()
      expect(Object.fromEntries(response.headers)).toMatchObject(expected)
    }
  })

  it('let the page of the documentation load what the service has, and nothing else', async () => {
    const page = await fetch(`${service.url}/docs`)
    const text = await page.text()
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    )
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    // The page has no inline script: the policy would block it.
    for (const [, attributes, content] of text.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
      expect([attributes, content?.trim()]).toEqual([expect.stringMatching(/src="\./), ''])
    }
    expect(text).not.toMatch(/\son[a-z]+="/)
    for (const asset of [...text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, path]) => path ?? '')) {
      const response = await fetch(new URL(asset, `${service.url}/docs`))
      await response.arrayBuffer()
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': policy,
      })
    }
  })
})

describe('a service with TLS of its own', () => {
  it('tells browsers to come by https only', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
    const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
    const ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'gateway', ipAddresses: ['127.0.0.1'] })
    await writeFile(TLS_CERT_FILE, certificate)
    await writeFile(TLS_KEY_FILE, privateKey)
    const service = await startTestService({}, { TLS_CERT_FILE, TLS_KEY_FILE })
    const [response] = await once(get(`${service.url}/nowhere`, { ca: ca.certificate, agent: false }), 'response')
    response.resume()
    expect(response.headers).toMatchObject({ ...expected, 'strict-transport-security': 'max-age=63072000' })
    await service.stop()
    await rm(directory, { recursive: true })
  })
})

describe('a service with API_DOCS=false', () => {
  it('has no documentation, neither page nor document nor what the page is made of', async () => {
    const service = await startTestService({}, { API_DOCS: 'false' })
    for (const path of ['/docs', '/docs/', '/docs-json', '/docs/swagger-ui-init.js', '/docs/swagger-ui-bundle.js']) {
      const response = await fetch(service.url + path)
      expect([path, response.status, await response.json()]).toEqual([
        path,
        404,
        expect.objectContaining({ code: 'NOT_FOUND' }),
      ])
    }
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
    await service.stop()
  })
})
