import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ambiguousBytes, ambiguousRequests, refusalOf, type TestTarget } from '@mtls-gateway/test-kit'
import { codeIn, type RawCall, type RawCallParts, rawExchange, rawHead } from '../support/raw-exchange.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'

let target: TestTarget
let system: SharedSystem
let call: RawCall
let callTo: RawCall

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget({ requireClientCertificate: false })
  const tenant = await system.newTenant()
  const { mapping } = await tenant.onboard(await target.clientCa.issue({ commonName: 'x' }), `${target.url}/*`)
  const ofTenant = { base: system.forwarderApi.url, appKey: await tenant.newAppKey(['forward']) }
  call = { ...ofTenant, path: tenant.forwardPath, targetUrl: `${target.url}/` }
  callTo = { ...ofTenant, path: `${tenant.pathTo(mapping)}/` }
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

type Case = readonly [what: string, code: string, parts: RawCallParts, body?: string]

const chunked = '3\r\nabc\r\n0\r\n\r\n'

/** In addition to those that every server of ours refuses: what only a call has, or only its body. */
const ofCalls: readonly Case[] = [
  ['a bare CR in an LP header', 'MALFORMED_REQUEST', { lines: 'LP-other: a\rX-Smuggled: 1\r\n' }],
  ['a bare LF in an LP header', 'MALFORMED_REQUEST', { lines: 'LP-other: a\nX-Smuggled: 1\r\n' }],
  ['a NUL in an LP header', 'MALFORMED_REQUEST', { lines: 'LP-other: a\0b\r\n' }],
  [
    'two LP-forward-url',
    'DUPLICATE_HEADER',
    { lines: 'LP-forward-url: https://a.example/\r\nLP-forward-url: https://b.example/\r\n' },
  ],
  ['two LP-service-name', 'DUPLICATE_HEADER', { lines: 'lp-SERVICE-name: FAAS\r\nLP-service-name: IDP\r\n' }],
  [
    'a chunk size that is none',
    'MALFORMED_REQUEST',
    { method: 'POST', lines: 'Transfer-Encoding: chunked\r\n' },
    '0x3\r\nabc',
  ],
]

const anywhere = ambiguousRequests.map((request): Case => {
  const { what, code, method = 'POST', version = '1.1', target: requestTarget, lines, body = '' } = request
  const parts = { method, version, lines, ...(requestTarget !== undefined && { requestTarget }) }
  return [what, code, parts, body]
})

/** Each entry, with what calls another url of the target. */
const entries = [
  { entry: 'LP-forward-url', callOf: (url = '/') => ({ ...call, targetUrl: target.url + url }) },
  { entry: 'base url', callOf: (url = '/') => ({ ...callTo, path: callTo.path + url.slice(1) }) },
]

describe.each(entries)('a call by $entry that can be read in two ways', ({ callOf }) => {
  it.each<Case>([...anywhere, ...ofCalls])(
    'is refused, and its connection closed: %s',
    async (_, code, parts, body = '') => {
      target.clear()
      // A chunked body may begin to arrive before the rest turns out to be malformed; it never arrives whole.
      const url = body === '0x3\r\nabc' ? '/begun' : '/'
      const head = rawHead(callOf(url), parts)
      const { text, ended } = await rawExchange(call.base, head + body)
      expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
      expect(text).toMatch(/\r\nconnection: close\r\n/i)
      expect(text).toMatch(/\r\nlp-answered-by: gateway\r\n/i)
      expect(text).toMatch(/\r\nx-request-id: [\w-]+\r\n/i)
      expect({ code: codeIn(text), ended }).toEqual({ code, ended: 'closed' })
      // A request that was begun may arrive during a later test.
      expect(target.seen.filter((request) => request.url !== '/begun')).toEqual([])
    },
  )

  it('is refused where the request line holds a whole url', async () => {
    const requestTarget = call.base + callOf().path
    const { text, ended } = await rawExchange(call.base, rawHead(callOf(), { requestTarget }))
    expect({ code: codeIn(text), ended }).toEqual({ code: 'MALFORMED_REQUEST', ended: 'closed' })
  })
})

describe.each(['config-api', 'forwarder-api'] as const)('%s', (name) => {
  const service = () => (name === 'config-api' ? system.configApi : system.forwarderApi)

  it.each(ambiguousRequests)('refuses what can be read in two ways at its other resources: $what', async (request) => {
    const { hostname, port } = new URL(service().url)
    const refusal = await refusalOf(connect(Number(port), hostname), ambiguousBytes(request, '/mtls/me'))
    expect(refusal).toMatchObject({ answers: 1, status: 400, code: request.code, isClosed: true })
  })
})

describe.each(entries)('a call by $entry that can be read in one way alone', ({ callOf }) => {
  it('passes, written in the same manner', async () => {
    const lines = 'Transfer-Encoding: Chunked\r\nLP-other: a\r\nConnection: close\r\n'
    const { text } = await rawExchange(call.base, rawHead(callOf(), { method: 'POST', lines }) + chunked)
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).toContain('"body":"abc"')
  })

  it('does not carry fields that a target may take for those that are kept back', async () => {
    const lines =
      'X_Forwarded_For: 192.0.2.1\r\nx-forwarded_host: a\r\nX_Real_IP: 192.0.2.1\r\nLP_other: a\r\nX_Own: 1\r\nConnection: close\r\n'
    const { text } = await rawExchange(call.base, rawHead(callOf(), { lines }))
    const { headers } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as { headers: Record<string, string> }
    expect(Object.keys(headers).sort()).toEqual(['host', 'via', 'x-request-id', 'x_own'])
  })
})
