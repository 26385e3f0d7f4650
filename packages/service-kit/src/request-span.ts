import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'

export const propagator = new W3CTraceContextPropagator()

/** The values of a span's attributes; undefined: the span has none of this name. */
type SpanAttributes = Readonly<Record<string, string | number | undefined>>

interface RequestSpanParts {
  readonly tracer: Tracer
  readonly span: Span
  readonly context: Context
  /** What `performance.now()` counts from, in milliseconds since 1970. */
  readonly epoch: number
}

/** One that is not recorded only passes its caller's trace on. */
export class RequestSpan {
  /** False: it goes nowhere, and what it is told at its end is not looked at. */
  readonly isRecorded: boolean
  readonly #parts: RequestSpanParts

  constructor(parts: RequestSpanParts) {
    this.isRecorded = parts.span.isRecording()
    this.#parts = parts
  }

  /** 32 hexadecimal digits, for log lines. */
  get traceId(): string {
    return this.#parts.span.spanContext().traceId
  }

  /** Begins the span of a call to another system that the request causes. */
  beginCall(name: string): CallSpan {
    const { tracer, context, epoch } = this.#parts
    const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: epoch + performance.now() }, context)
    return new CallSpan(span, epoch)
  }

  end(status: number | undefined, attributes: SpanAttributes): void {
    const { span, epoch } = this.#parts
    const route = attributes['http.route']
    if (route !== undefined) span.updateName(`${attributes['http.request.method']} ${route}`)
    span.setAttributes({ ...attributes, 'http.response.status_code': status })
    // The caller's mistakes are no errors of the server (semantic conventions for HTTP spans).
    if (status !== undefined && status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(epoch + performance.now())
  }
}

interface CallSpanOutcome {
  readonly attributes: SpanAttributes
  /** What happened when, by `performance.now()`. */
  readonly events: Readonly<Record<string, number | undefined>>
  /** Why the call failed, if it did. */
  readonly failure: string | undefined
}

export class CallSpan {
  /** As that of its request. */
  readonly isRecorded: boolean
  /** `traceparent` and `tracestate` for the other system: `[name, value, ...]`. */
  readonly headers: string[] = []
  readonly #span: Span
  readonly #epoch: number

  constructor(span: Span, epoch: number) {
    this.isRecorded = span.isRecording()
    this.#epoch = epoch
    this.#span = span
    propagator.inject(trace.setSpan(ROOT_CONTEXT, span), this.headers, {
      set: (headers, name, value) => headers.push(name, value),
    })
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
