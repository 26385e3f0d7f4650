import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Context,
  diag,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { Environment } from '../configuration/parse-configuration.ts'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { RequestContext } from '../request-context.ts'
import type { Attributes, CallSpan, CallSpanOutcome, RequestSpan } from '../request-span.ts'
import { ThreadExporter } from './thread-exporter.ts'
import type { TracedProcess, Tracing } from './tracing.ts'
import { tellWarnings } from './warnings.ts'

const closeTimeoutMs = 2_000
/** What the exporter says when it fails is cut to this: it may quote the collector. */
const mostCharacters = 300

const propagator = new W3CTraceContextPropagator()
const ofRequest = {
  get: ({ headers }: IncomingMessage, name: string) => headers[name],
  keys: ({ headers }: IncomingMessage) => Object.keys(headers),
}

/** Its SDK reads the variables `OTEL_*`. Spans are sent in batches; those for which there is no room are dropped. */
export class OpenTelemetry implements Tracing {
  readonly #provider: BasicTracerProvider
  readonly #tracer: Tracer
  /** How many of the traces that begin here are recorded: 1 for all. */
  readonly #share: number

  constructor({ service, instance, log }: TracedProcess, environment: Environment) {
    const share = shareOf(environment)
    this.#share = share ?? 1
    logFailures(log)
    // What the environment says of the service goes before its name here.
    const resource = resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }).merge(
      detectResources({ detectors: [envDetector] }),
    )
    this.#provider = new BasicTracerProvider({
      resource,
      // Whoever gets here has been chosen already.
      ...(share !== undefined && { sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }) }),
      spanProcessors: [new BatchSpanProcessor(new ThreadExporter(environment))],
    })
    this.#tracer = this.#provider.getTracer('mtls-gateway')
  }

  begin(request: IncomingMessage, { startedAt }: RequestContext): RequestSpan | undefined {
    const { method = '', headers } = request
    const isTraced = headers.traceparent !== undefined
    const parent = isTraced ? propagator.extract(ROOT_CONTEXT, request, ofRequest) : ROOT_CONTEXT
    const beginsHere = parent === ROOT_CONTEXT
    if (beginsHere && Math.random() >= this.#share) return undefined
    // One for all spans of the request: the SDK corrects each by a clock of whole milliseconds, and a span could end
    // before one that is within it.
    const epoch = Date.now() - performance.now()
    const span = this.#tracer.startSpan(method, { kind: SpanKind.SERVER, startTime: epoch + startedAt }, parent)
    if (!span.isRecording()) return beginsHere ? undefined : new UnrecordedSpan(span.spanContext())
    return new ServerSpan({ tracer: this.#tracer, span, context: trace.setSpan(parent, span), epoch })
  }

  async close(): Promise<void> {
    await Promise.race([this.#provider.shutdown(), delay(closeTimeoutMs, undefined, { ref: false })])
    diag.disable()
  }
}

/** For a caller's trace that is not sampled: its target is told so, and nothing else is made for it. */
class UnrecordedSpan implements RequestSpan, CallSpan {
  readonly isRecorded = false
  readonly traceId: string
  readonly headers: readonly string[]

  constructor(context: SpanContext) {
    this.traceId = context.traceId
    this.headers = headersOf(context)
  }

  beginCall(): CallSpan {
    return this
  }

  end(): void {}
}

interface ServerSpanParts {
  readonly tracer: Tracer
  readonly span: Span
  readonly context: Context
  /** What `performance.now()` counts from, in milliseconds since 1970. */
  readonly epoch: number
}

class ServerSpan implements RequestSpan {
  readonly isRecorded = true
  readonly #tracer: Tracer
  readonly #span: Span
  readonly #context: Context
  readonly #epoch: number

  constructor({ tracer, span, context, epoch }: ServerSpanParts) {
    this.#tracer = tracer
    this.#span = span
    this.#context = context
    this.#epoch = epoch
  }

  get traceId(): string {
    return this.#span.spanContext().traceId
  }

  beginCall(name: string): CallSpan {
    const options = { kind: SpanKind.CLIENT, startTime: this.#epoch + performance.now() }
    const span = this.#tracer.startSpan(name, options, this.#context)
    return new ClientSpan(span, this.#epoch)
  }

  end(status: number, attributes: Attributes): void {
    const span = this.#span
    const route = attributes['http.route']
    if (route !== undefined) span.updateName(`${attributes['http.request.method']} ${route}`)
    span.setAttributes({ ...attributes, 'http.response.status_code': status })
    // The caller's mistakes are no errors of the server (semantic conventions for HTTP spans).
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(this.#epoch + performance.now())
  }
}

class ClientSpan implements CallSpan {
  readonly isRecorded = true
  readonly headers: readonly string[]
  readonly #span: Span
  readonly #epoch: number

  constructor(span: Span, epoch: number) {
    this.#epoch = epoch
    this.#span = span
    this.headers = headersOf(span.spanContext())
  }

  end({ attributes, events, failure }: CallSpanOutcome): void {
    const span = this.#span
    span.setAttributes({ ...attributes })
    for (const [name, at] of Object.entries(events)) if (at !== undefined) span.addEvent(name, this.#epoch + at)
    const status = attributes['http.response.status_code']
    if (failure !== undefined) span.setAttribute('error.type', failure)
    if (failure !== undefined || Number(status) >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(this.#epoch + performance.now())
  }
}

/**
 * The share of the traces that begin here, if their callers decide on all others. Otherwise, or in doubt, the SDK
 * decides on each: that takes it ten times as long as to choose by chance, as it makes the id of the trace first.
 */
function shareOf(environment: Environment): number | undefined {
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share = '' } = environment
  const isShare = sampler.trim() === 'parentbased_traceidratio' && /^(0?\.\d+|0|1)$/.test(share.trim())
  return isShare ? Number(share) : undefined
}

/** What the SDK's propagator would inject, at less cost. */
function headersOf({ traceId, spanId, traceFlags, traceState }: SpanContext): readonly string[] {
  const traceparent = `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`
  const state = traceState?.serialize() ?? ''
  return state === '' ? ['traceparent', traceparent] : ['traceparent', traceparent, 'tracestate', state]
}

/** A collector that is away must not fill the log. */
function logFailures(log: Log): void {
  const repeats = new Repeats()
  const tell = (text: string) => {
    const times = repeats.due('tracing-failed')
    if (times !== undefined) log.warn({ event: 'tracing-failed', times }, text.slice(0, mostCharacters))
  }
  setGlobalErrorHandler((error) => tell(typeof error === 'string' ? error : (error.message ?? 'unknown')))
  tellWarnings(tell)
}
