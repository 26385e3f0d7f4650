import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RawCall, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type RawTarget, startRawTarget } from '../support/raw-target.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

/** Repeated, these mislead whatever reads them: a regex that backtracks, a search that starts over at each of them. */
const units = [
  ...['a', ' ', '\t', ',', ';', '/', '=', '"', '-', '.', '%', '0', '\\', '<', '(', ':'],
  ...[
    ';a=a',
    ',a',
    ' ,',
    '; ',
    'a/',
    '%2e',
    '=a&',
    'a.',
    'a="',
    '\\"',
    'token',
    'oauth_a',
    'a=;',
    '<a>;a=a',
    'bytes=0-,',
  ],
]
const headBytes = 12_000
const texts = units.map((unit) => `${unit.repeat(headBytes / unit.length)}!"`)

let target: RawTarget
let system: System
let tenant: Tenant
let call: RawCall

beforeAll(async () => {
  target = await startRawTarget((head, socket) => {
    const [, hint, field = '', index = ''] = /^GET \/(hint\/)?([\w-]+)\/(\d+) /.exec(head) ?? []
    const text = texts[Number(index)]
    // After a link, as nobody would read on without one.
    if (hint) socket.write(`HTTP/1.1 103 Early Hints\r\n${field}: <a>${text}\r\n\r\n`)
    socket.write(`HTTP/1.1 200 OK\r\n${hint ? '' : `${field}: ${text}\r\n`}Content-Length: 0\r\n\r\n`)
  })
  // A service that is blocked exits, and its log says what blocked it.
  system = await System.start({ targets: [target], env: { BLOCKED_LIMIT: '5s' } })
  tenant = await system.newTenant()
  const appKey = await tenant.newAppKey(['forward'])
  call = { base: system.forwarderApi.url, path: tenant.forwardPath, appKey, targetUrl: target.url }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

const isHead = (received: string) => received.includes('\r\n\r\n')

async function expectAnswer(base: string, request: string, isDone = isHead): Promise<string> {
  const { text } = await rawExchange(base, request, isDone)
  expect(text === '' ? `nothing: ${system.output.slice(-2_000)}` : text.slice(0, 9)).toBe('HTTP/1.1 ')
  return text
}

describe('a head of the worst text', () => {
  it.each([
    ...[
      'Authorization',
      'Content-Type',
      'Content-Length',
      'Transfer-Encoding',
      'Host',
      'Connection',
      'Expect',
      'Cookie',
    ],
    ...[
      'Accept',
      'Range',
      'If-Match',
      'If-None-Match',
      'Idempotency-Key',
      'X-Request-Id',
      'X-Forwarded-For',
      'X-Proxy-Secret',
      'Forwarded',
    ],
    ...['LP-forward-url', 'LP-service-name', 'LP-content-type-override', 'Upgrade', 'Origin'],
  ])('is answered by both services: %s', async (field) => {
    for (const [service, path] of [
      [system.configApi, tenant.path('mappings')],
      [system.forwarderApi, tenant.forwardPath],
    ] as const) {
      const host = field === 'Host' ? '' : 'Host: gateway\r\n'
      for (const text of texts) {
        await expectAnswer(service.url, `POST ${path} HTTP/1.1\r\n${host}${field}: ${text}\r\n\r\n`)
      }
    }
  })

  it.each(['OAuth ', 'OAuth oauth_consumer_key="', 'OAuth realm="', 'Bearer '])(
    'is answered where it begins as credentials do: %s',
    async (scheme) => {
      for (const service of [system.configApi, system.forwarderApi]) {
        for (const text of texts) {
          const head = `Host: gateway\r\nAuthorization: ${scheme}${text}\r\n`
          await expectAnswer(service.url, `GET /mtls/account/le1/mappings HTTP/1.1\r\n${head}\r\n`)
        }
      }
    },
  )

  it.each(['/', '/?', '/mtls/account/', '/mtls/account/le1?', '/docs/', '/health/'])(
    'is answered as an address: %s',
    async (path) => {
      for (const service of [system.configApi, system.forwarderApi]) {
        for (const text of texts) {
          await expectAnswer(service.url, `GET ${path}${text.replace(/\s/g, '+')} HTTP/1.1\r\nHost: gateway\r\n\r\n`)
        }
      }
    },
  )

  it.each([
    ...['Link', 'Set-Cookie', 'Content-Type', 'Retry-After', 'Location', 'Cache-Control', 'Keep-Alive', 'Connection'],
    ...['Transfer-Encoding', 'Trailer', 'WWW-Authenticate', 'Date', 'Via', 'Content-Encoding'],
  ])('is no trouble as an answer of a target: %s', async (field) => {
    const before = target.received.length
    for (const index of texts.keys()) {
      await expectAnswer(call.base, rawHead({ ...call, targetUrl: `${target.url}/${field}/${index}` }))
    }
    expect(target.received.length - before).toBeGreaterThanOrEqual(texts.length)
  })

  it.each(['Link', 'Set-Cookie'])('is no trouble in a hint before the answer: %s', async (field) => {
    const isFinal = (received: string) => /^HTTP\/1\.1 [245].*\r\n\r\n/ms.test(received)
    for (const [index, worst] of texts.entries()) {
      const request = rawHead({ ...call, targetUrl: `${target.url}/hint/${field}/${index}` })
      const text = await expectAnswer(call.base, request, isFinal)
      expect(text).toContain('HTTP/1.1 200 OK\r\n')
      if (field === 'Link')
        expect(text.slice(0, headBytes)).toContain(`103 Early Hints\r\nLink: <a>${worst.slice(0, 100)}`)
    }
  })
})

describe('a body of the worst text', () => {
  const post = (below: string, contentType: string, body: string) =>
    tenant.api.raw({ method: 'POST', path: tenant.path(below), headers: { 'content-type': contentType }, body })

  it('is refused where it is the head of a part', async () => {
    for (const text of texts) {
      for (const head of [`Content-Disposition: form-data; ${text}`, `Content-Disposition: ${text}`, text]) {
        const body = `--b\r\n${head}\r\n\r\nx\r\n--b--\r\n`
        const { status } = await post('certificates/by-file', 'multipart/form-data; boundary=b', body)
        expect(status).toBeGreaterThanOrEqual(400)
      }
    }
  })

  it('is refused where it is a field, a PEM or a whole document', async () => {
    for (const unit of [...units, '-----BEGIN CERTIFICATE-----', '-----BEGIN A-----\n-', '{"__proto__', '[', '{"a":']) {
      const text = unit.repeat(200_000 / unit.length)
      const trust = { caCertificates: `-----BEGIN CERTIFICATE-----${text}`, serverName: text, spkiPins: [text] }
      const mapping = { name: text, url: `https://a.example/${text}`, certificationId: text, targetTrust: trust }
      for (const body of [text, JSON.stringify([mapping]), JSON.stringify([{ name: 'm', targetTrust: trust }])]) {
        expect((await post('mappings', 'application/json', body)).status).toBeGreaterThanOrEqual(400)
      }
      const key = { name: 'c', certificate: `-----BEGIN CERTIFICATE-----${text}`, privateKey: text }
      expect((await post('certificates', 'application/json', JSON.stringify([key]))).status).toBeGreaterThanOrEqual(400)
      const csr = { name: 'c', subject: { commonName: text }, subjectAltNames: [`DNS:${text}`] }
      expect((await post('certificates/csr', 'application/json', JSON.stringify(csr))).status).toBeGreaterThanOrEqual(
        400,
      )
    }
  })
})
