import { randomBytes } from 'node:crypto'
import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { IdGenerator } from '@opentelemetry/sdk-trace-base'

/** In digits. */
const traceLength = 32
const spanLength = 16
/** Random bytes are drawn for many ids at once: a draw costs as much as the rest of a span that is not sampled. */
const drawnBytes = 4_096

/** Ids of traces and spans, in hexadecimal digits (W3C Trace Context, sections 3.2.2.3 and 3.2.2.4). */
export class TraceIds implements IdGenerator {
  #drawn = ''
  #used = 0
  #nextTraceId: string | undefined

  /** The id of the next trace, by which it is decided whether that is sampled. */
  get nextTraceId(): string {
    this.#nextTraceId ??= this.#draw(traceLength)
    return this.#nextTraceId
  }

  generateTraceId(): string {
    const traceId = this.nextTraceId
    this.#nextTraceId = undefined
    return traceId
  }

  generateSpanId(): string {
    return this.#draw(spanLength)
  }

  /** For a span that is not sampled, and begins a trace. */
  unsampled(): SpanContext {
    return { traceId: this.generateTraceId(), spanId: this.generateSpanId(), traceFlags: TraceFlags.NONE }
  }

  #draw(digits: number): string {
    if (this.#used + digits > this.#drawn.length) {
      this.#drawn = randomBytes(drawnBytes).toString('hex')
      this.#used = 0
    }
    this.#used += digits
    return this.#drawn.slice(this.#used - digits, this.#used)
  }
}
