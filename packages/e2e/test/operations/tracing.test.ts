import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type CollectedSpan, OtlpCollector } from '../support/otlp-collector.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

let target: TestTarget
let collector: OtlpCollector
let system: System
let tenant: Tenant
let identity: IssuedCertificate
let caller: ApiClient
/** A forwarder that is not traced, and tells targets of no trace. */
let silentCaller: ApiClient
let apart: string

beforeAll(async () => {
  target = await startTestTarget({
    handler: ({ headers, socket, url }, response) => {
      if (url === '/cut') return void socket.destroy()
      const { traceparent, tracestate, baggage } = headers
      response.setHeader('content-type', 'application/json')
      response.statusCode = url === '/busy' ? 503 : 200
      response.end(JSON.stringify({ traceparent, tracestate, baggage }))
    },
  })
  collector = await OtlpCollector.start()
  apart = await mkdtemp(join(tmpdir(), 'mtls-gateway-apart-'))
  system = await System.start({
    targets: [target],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=c4n4ry-of-the-collector',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    },
    moreForwarders: [{ RUNTIME_DIR: apart, OTEL_SDK_DISABLED: 'true', TRACE_CONTEXT: 'remove' }],
  })
  tenant = await system.newTenant()
  identity = await target.clientCa.issue({ commonName: 'traced' })
  await tenant.onboard(identity, `${target.url}/*`)
  const oauth1 = await tenant.newAppKey(['forward'])
  caller = system.toForwarderApi({ oauth1 })
  silentCaller = system.toForwarderApi({ oauth1 }, system.moreForwarders[0])
})

afterAll(async () => {
  await system?.stop()
  await collector?.close()
  await target?.close()
  await rm(apart, { recursive: true })
})

const traceId = () => crypto.randomUUID().replaceAll('-', '')
const parentOf = (trace: string) => `00-${trace}-00f067aa0ba902b7-01`

interface Told {
  readonly traceparent?: string
  readonly tracestate?: string
  readonly baggage?: string
}

const call = (path: string, headers: Record<string, string>, by = caller) =>
  by.json<Told>('GET', tenant.forwardPath, undefined, { ...lp(target.url + path), ...headers })

async function spansOf(trace: string, count: number): Promise<readonly CollectedSpan[]> {
  return eventually(
    async () => collector.spans.filter((span) => span.traceId === trace),
    (spans) => spans.length >= count,
  )
}

describe('a call that is traced', () => {
  it('has a server span in its caller’s trace, and within it one of the call to the target, which goes on with it', async () => {
    const trace = traceId()
    const headers = { traceparent: parentOf(trace), tracestate: 'vendor=1', baggage: 'tenant=7' }
    const { status, body } = await call('/first?secret=c4n4ry', headers)
    expect(status).toBe(200)
    const spans = await spansOf(trace, 2)
    const [server, client] = ['server', 'client'].map((kind) => spans.find((span) => span.kind === kind))
    expect(server).toMatchObject({
      service: 'forwarder-api',
      parentSpanId: '00f067aa0ba902b7',
      name: 'GET /mtls/account/:accountId',
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/mtls/account/:accountId',
        'http.response.status_code': 200,
        'mtls.account': tenant.id,
      },
    })
    expect(client).toMatchObject({
      parentSpanId: server?.spanId,
      name: 'GET',
      isError: false,
      attributes: {
        'server.address': 'localhost',
        'server.port': Number(new URL(target.url).port),
        'url.full': `${target.url}/first`,
        'http.response.status_code': 200,
        'mtls.service': 'IDP',
        'mtls.mapping_id': expect.anything(),
        'mtls.certificate_id': expect.anything(),
      },
      events: ['looked up', 'tcp connected', 'tls handshake begins', 'tls handshake ends', 'sent', 'answered'],
    })
    expect(client?.start).toBeGreaterThanOrEqual(server?.start ?? Number.NaN)
    expect(client?.end).toBeLessThanOrEqual(server?.end ?? Number.NaN)
    expect(body).toEqual({
      traceparent: `00-${trace}-${client?.spanId}-01`,
      tracestate: 'vendor=1',
      baggage: 'tenant=7',
    })
    expect(JSON.stringify(spans)).not.toContain('c4n4ry')
  })

  it('has no span that begins before the one around it, or ends after it', async () => {
    const trace = traceId()
    for (let count = 0; count < 20; count++) await call('/timed', { traceparent: parentOf(trace) })
    const spans = await spansOf(trace, 40)
    const within = spans.filter(({ kind }) => kind === 'client')
    expect(within).toHaveLength(20)
    const isOutside = ({ parentSpanId, start, end }: CollectedSpan) => {
      const around = spans.find(({ spanId }) => spanId === parentSpanId)
      return around === undefined || start < around.start || end > around.end
    }
    expect(within.filter(isOutside)).toEqual([])
  })

  it('has no events of a connection that was open already', async () => {
    const trace = traceId()
    await call('/again', { traceparent: parentOf(trace) })
    const client = (await spansOf(trace, 2)).find(({ kind }) => kind === 'client')
    expect(client?.events).toEqual(['sent', 'answered'])
  })

  it('names its trace in its log line', async () => {
    const trace = traceId()
    await call('/logged', { traceparent: parentOf(trace) })
    await eventually(
      async () => system.forwarderApi.output,
      (text) => text.includes(`"traceId":"${trace}"`),
    )
  })

  it('begins a trace where its caller has none, or one that is not to be read', async () => {
    const { body } = await call('/own', {})
    expect(body.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    const other = await call('/own', { traceparent: 'nonsense' })
    expect(other.body.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('is not sampled where its caller does not sample it, and says so to its target', async () => {
    const trace = traceId()
    const { body } = await call('/unsampled', { traceparent: parentOf(trace).replace(/01$/, '00') })
    expect(body.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`))
  })

  it('that fails says why in both spans', async () => {
    const trace = traceId()
    expect((await call('/cut', { traceparent: parentOf(trace) })).status).toBe(424)
    const spans = await spansOf(trace, 2)
    const client = spans.find(({ kind }) => kind === 'client')
    const server = spans.find(({ kind }) => kind === 'server')
    expect(client).toMatchObject({ isError: true, attributes: { 'error.type': 'SOCKET_CLOSED' } })
    expect(server).toMatchObject({
      isError: false,
      attributes: { 'http.response.status_code': 424, 'error.type': 'TARGET_UNREACHABLE' },
    })
  })

  it('is an error where the target answers one', async () => {
    const trace = traceId()
    expect((await call('/busy', { traceparent: parentOf(trace) })).status).toBe(503)
    const client = (await spansOf(trace, 2)).find(({ kind }) => kind === 'client')
    expect(client).toMatchObject({ isError: true, attributes: { 'http.response.status_code': 503 } })
  })

  it('that never goes out has a server span alone', async () => {
    const trace = traceId()
    const unsigned = system.toForwarderApi()
    await unsigned.json('GET', tenant.forwardPath, undefined, { ...lp(target.url), traceparent: parentOf(trace) })
    const [server] = await spansOf(trace, 1)
    expect(server).toMatchObject({ kind: 'server', attributes: { 'http.response.status_code': 401 } })

    const unmapped = traceId()
    const toNobody = { ...lp('https://unmapped.example/'), 'LP-stop-if-certificate-not-found': 'true' }
    await caller.json('GET', tenant.forwardPath, undefined, { ...toNobody, traceparent: parentOf(unmapped) })
    const after = traceId()
    await call('/after', { traceparent: parentOf(after) })
    await spansOf(after, 2)
    const spans = collector.spans.filter((span) => span.traceId === unmapped)
    expect(spans).toMatchObject([{ kind: 'server', attributes: { 'error.type': 'NO_CERTIFICATE_FOR_CALL' } }])
  })
})

describe('a request of config-api', () => {
  it('has a server span', async () => {
    const trace = traceId()
    await tenant.api.json('GET', tenant.path('certificates'), undefined, { traceparent: parentOf(trace) })
    expect(await spansOf(trace, 1)).toMatchObject([
      { service: 'config-api', kind: 'server', attributes: { 'http.response.status_code': 200 } },
    ])
  })
})

describe('targets of a forwarder that is to tell of no trace', () => {
  it('get neither the trace of the caller nor its baggage', async () => {
    const headers = { traceparent: parentOf(traceId()), tracestate: 'vendor=1', baggage: 'tenant=7' }
    expect((await call('/silent', headers, silentCaller)).body).toEqual({})
  })
})

describe('a collector that refuses everything', () => {
  it('costs no call anything, and is told of once, without its credentials', async () => {
    collector.status = 400
    for (let count = 0; count < 3; count++) expect((await call('/refused', {})).status).toBe(200)
    const { output } = system.forwarderApi
    await eventually(
      async () => system.forwarderApi.output,
      (text) => text.includes('"event":"tracing-failed"'),
    )
    expect(collector.headers.at(-1)).toMatchObject({ authorization: 'c4n4ry-of-the-collector' })
    expect(output).not.toContain('c4n4ry')
    collector.status = 200
  })
})
