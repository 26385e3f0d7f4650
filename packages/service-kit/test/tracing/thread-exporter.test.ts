import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, TraceState } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { ThreadExporter } from '../../src/tracing/thread-exporter.ts'

let collector: Server
let environment: Readonly<Record<string, string>>
const bodies: Buffer[] = []
/** How long each batch waits for its answer. */
let delayMs = 0

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    bodies.push(await buffer(request))
    setTimeout(() => response.end(), delayMs)
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  environment = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }
})

afterAll(async () => {
  collector?.closeAllConnections()
  await new Promise((resolve) => collector?.close(resolve))
})

beforeEach(() => {
  bodies.length = 0
  delayMs = 0
})

/** As the services make them: one of a caller's trace, and within it one that failed. */
function spans(): ReadableSpan[] {
  const memory = new InMemorySpanExporter()
  const resource = resourceFromAttributes({ 'service.name': 'test' })
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(memory)] })
  const tracer = provider.getTracer('test', '1.0.0')
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: new TraceState('vendor=1,other=2'),
  })
  const server = tracer.startSpan('GET', { kind: SpanKind.SERVER, startTime: 1_000.25 }, remote)
  const client = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, trace.setSpan(remote, server))
  client.setAttributes({ text: 'value', count: 3, share: 0.5, is: true, list: ['a', 'b'] })
  client.addEvent('sent', { bytes: 7 }, Date.now())
  client.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' })
  client.end()
  server.end()
  return memory.getFinishedSpans()
}

function send(exporter: SpanExporter, batch: ReadableSpan[]): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export(batch, resolve))
}

describe('an exporter in a thread of its own', () => {
  it('sends what the exporter would send from here, byte by byte', async () => {
    const batch = spans()
    const direct = new OTLPTraceExporter({ url: `${environment.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces` })
    const threaded = new ThreadExporter(environment)
    expect(await send(direct, batch)).toEqual({ code: ExportResultCode.SUCCESS })
    expect(await send(threaded, batch)).toEqual({ code: ExportResultCode.SUCCESS })
    await Promise.all([direct.shutdown(), threaded.shutdown()])
    expect(bodies).toHaveLength(2)
    expect(bodies[0]?.length).toBeGreaterThan(300)
    expect(bodies[1]?.equals(bodies[0] ?? Buffer.alloc(0))).toBe(true)
  })

  it('waits for what is on its way when it is shut down', async () => {
    delayMs = 300
    const exporter = new ThreadExporter(environment)
    const sent = send(exporter, spans())
    await exporter.shutdown()
    expect(await sent).toEqual({ code: ExportResultCode.SUCCESS })
    expect(bodies).toHaveLength(1)
    await exporter.shutdown()
  })

  it('loses a batch that the thread ends at, and sends the next one', async () => {
    const exporter = new ThreadExporter(environment)
    const [span] = spans()
    const malformed: ReadableSpan = Object.create(span ?? null, { startTime: { value: undefined } })
    const failed = await send(exporter, [malformed])
    expect(failed).toMatchObject({ code: ExportResultCode.FAILED, error: { message: expect.stringMatching('ended') } })
    expect(bodies).toEqual([])
    expect(await send(exporter, spans())).toEqual({ code: ExportResultCode.SUCCESS })
    await exporter.shutdown()
  })

  it('gives a batch up that is answered in drops without an end, and sends the next one', async () => {
    const drops = new Set<NodeJS.Timeout>()
    const slow = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': 100_000 })
      const drop = setInterval(() => response.write(' '), 20)
      drops.add(drop)
      response.once('close', () => clearInterval(drop))
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const { port } = slow.address() as AddressInfo
    const dripped = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    }
    const exporter = new ThreadExporter(dripped, 500)
    const expected = { code: ExportResultCode.FAILED, error: { message: 'no whole answer within 1500 ms' } }
    expect(await send(exporter, spans())).toMatchObject(expected)
    expect(await send(exporter, spans())).toMatchObject(expected)
    expect(drops.size).toBeGreaterThan(0)
    await exporter.shutdown()
    slow.closeAllConnections()
    await new Promise((resolve) => slow.close(resolve))
  })

  it('says why a batch was not taken', async () => {
    const exporter = new ThreadExporter({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    })
    const { code, error } = await send(exporter, spans())
    expect(code).toBe(ExportResultCode.FAILED)
    expect(error?.message).toMatch(/./)
    await exporter.shutdown()
  })
})
