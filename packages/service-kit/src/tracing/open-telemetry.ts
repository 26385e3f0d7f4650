import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { type ExportResult, setGlobalErrorHandler } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
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
import { propagator, RequestSpan } from '../request-span.ts'

/** Whose spans they are. */
export interface TracedProcess {
  readonly service: string
  readonly instance: string
  readonly log: Log
}

const closeTimeoutMs = 2_000
/** What the exporter says when it fails is cut to this: it may quote the collector. */
const mostCharacters = 300

const ofRequest = {
  get: ({ headers }: IncomingMessage, name: string) => headers[name],
  keys: ({ headers }: IncomingMessage) => Object.keys(headers),
}

/**
 * Spans of the requests that a service answers, by OpenTelemetry's SDK: it reads the variables `OTEL_*`, sends in
 * batches, and drops spans for which there is no room.
 */
export class OpenTelemetry {
  readonly #provider: BasicTracerProvider
  readonly #tracer: Tracer
  /** How many of the traces that begin here are recorded: 1 for all. */
  readonly #share: number

  constructor({ service, instance, log }: TracedProcess) {
    const share = shareOf(process.env)
    this.#share = share ?? 1
    logFailures(log)
    // What the environment says of the service goes before its name here.
    const resource = resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }).merge(
      detectResources({ detectors: [envDetector] }),
    )
    this.#provider = new BasicTracerProvider({
      resource,
      // Whoever gets to it has been chosen already.
      ...(share !== undefined && { sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }) }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    })
    this.#tracer = this.#provider.getTracer('mtls-gateway')
  }

  /**
   * Begins the span of a request, as a part of its caller's trace where the request names one. Undefined: the trace
   * would begin here and is not sampled, so that nobody needs to know of it.
   */
  begin(request: IncomingMessage, { startedAt }: RequestContext): RequestSpan | undefined {
    const parent = propagator.extract(ROOT_CONTEXT, request, ofRequest)
    const beginsHere = parent === ROOT_CONTEXT
    if (beginsHere && Math.random() >= this.#share) return undefined
    // One for all spans of the request: the SDK corrects each by a clock of whole milliseconds, and a span could end
    // before one that is within it.
    const epoch = Date.now() - performance.now()
    const options = { kind: SpanKind.SERVER, startTime: epoch + startedAt }
    const span = this.#tracer.startSpan(request.method ?? '', options, parent)
    if (beginsHere && !span.isRecording()) return undefined
    return new RequestSpan({ tracer: this.#tracer, span, context: trace.setSpan(parent, span), epoch })
  }

  /** Sends what has not been sent yet, which takes two seconds at most. */
  async close(): Promise<void> {
    // A collector that refuses the last spans is no reason to fail.
    const sent = this.#provider.shutdown().catch((error: unknown) => diag.error(String(error)))
    await Promise.race([sent, delay(closeTimeoutMs, undefined, { ref: false })])
    diag.disable()
  }
}

/** Sends a message without spans. @returns why it did not arrive; undefined if it did */
export async function tryExporter(timeoutMillis: number): Promise<string | undefined> {
  const exporter = new OTLPTraceExporter({ timeoutMillis })
  const { error } = await new Promise<ExportResult>((resolve) => exporter.export([], resolve))
  await exporter.shutdown()
  return error?.message
}

/**
 * The share of the traces that begin here, if their callers decide on all others. Otherwise, or in doubt, the SDK
 * decides on each: that takes 2.4 us of a call instead of 0.1, as it makes the id of the trace first.
 */
function shareOf(environment: Environment): number | undefined {
  const { OTEL_TRACES_SAMPLER: sampler = '', OTEL_TRACES_SAMPLER_ARG: share = '' } = environment
  const isShare = sampler.trim() === 'parentbased_traceidratio' && /^(0?\.\d+|0|1)$/.test(share.trim())
  return isShare ? Number(share) : undefined
}

/** A collector that is away must not fill the log. */
function logFailures(log: Log): void {
  const repeats = new Repeats()
  const tell = (text: string) => {
    const times = repeats.due('tracing-failed')
    if (times !== undefined) log.warn({ event: 'tracing-failed', times }, text.slice(0, mostCharacters))
  }
  setGlobalErrorHandler((error) => tell(typeof error === 'string' ? error : (error.message ?? 'unknown')))
  const silent = () => {}
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}
