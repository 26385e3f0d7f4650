import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import protobuf from 'protobufjs'

/** What the tests look at, from opentelemetry-proto: trace/v1/trace.proto, common/v1 and resource/v1. */
const { root } = protobuf.parse(`syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; }
message Status { int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }`)
const exportRequest = root.lookupType('ExportTraceServiceRequest')

export interface CollectedSpan {
  readonly service: unknown
  readonly traceId: string
  readonly spanId: string
  /** Empty if it has none. */
  readonly parentSpanId: string
  readonly name: string
  readonly kind: 'server' | 'client' | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  readonly isError: boolean
  /** In microseconds. */
  readonly start: number
  readonly end: number
}

export interface CollectedLog {
  readonly service: unknown
  /** In milliseconds. */
  readonly at: number
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Takes spans by OTLP over HTTP, as protobuf, and logs, as JSON. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = []
  readonly logs: CollectedLog[] = []
  /** The headers of the requests that brought them. */
  readonly headers: NodeJS.Dict<string | string[]>[] = []
  /** What each request is answered. */
  status = 200
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await buffer(request)
      this.headers.push(request.headers)
      if (this.status === 200 && request.url === '/v1/traces') this.spans.push(...spansIn(body))
      if (this.status === 200 && request.url === '/v1/logs') this.logs.push(...logsIn(body.toString()))
      const type = request.headers['content-type'] ?? ''
      response.writeHead(this.status, { 'content-type': type }).end(type === 'application/json' ? '{}' : undefined)
    })
  }

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector()
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve))
    return collector
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

interface KeyValue {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly KeyValue[]
  readonly events: readonly { readonly name: string }[]
  readonly status: { readonly code: number } | null
}

interface WireExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[]
  }[]
}

function spansIn(body: Buffer): CollectedSpan[] {
  const options = { longs: String, bytes: String, defaults: true, oneofs: false }
  const { resourceSpans } = exportRequest.toObject(exportRequest.decode(body), options) as WireExport
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = attributesOf(resource.attributes)['service.name']
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(service, span)))
  })
}

function spanOf(service: unknown, span: WireSpan): CollectedSpan {
  return {
    service,
    traceId: hexOf(span.traceId),
    spanId: hexOf(span.spanId),
    parentSpanId: hexOf(span.parentSpanId),
    name: span.name,
    kind: ({ 2: 'server', 3: 'client' } as const)[span.kind],
    attributes: attributesOf(span.attributes),
    events: span.events.map(({ name }) => name),
    isError: span.status?.code === 2,
    start: Number(BigInt(span.startTimeUnixNano) / 1_000n),
    end: Number(BigInt(span.endTimeUnixNano) / 1_000n),
  }
}

/** From opentelemetry-proto, logs/v1, as protobuf's JSON. */
interface WireLogs {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] }
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly timeUnixNano: string
        readonly body: { readonly stringValue: string }
        readonly attributes: readonly KeyValue[]
      }[]
    }[]
  }[]
}

function logsIn(body: string): CollectedLog[] {
  return (JSON.parse(body) as WireLogs).resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const service = attributesOf(resource.attributes)['service.name']
    return scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ timeUnixNano, body: { stringValue }, attributes }) => ({
        ...{ service, at: Number(BigInt(timeUnixNano) / 1_000_000n), body: stringValue },
        attributes: attributesOf(attributes),
      })),
    )
  })
}

function attributesOf(list: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  const value = ({ stringValue, intValue }: KeyValue['value']) =>
    intValue === undefined || intValue === '0' ? stringValue : Number(intValue)
  return Object.fromEntries(list.map(({ key, value: any }) => [key, value(any)]))
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}
