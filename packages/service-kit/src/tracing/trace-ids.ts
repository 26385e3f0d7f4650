import { randomFillSync } from 'node:crypto'
import { type SpanContext, TraceFlags } from '@opentelemetry/api'
import type { IdGenerator } from '@opentelemetry/sdk-trace-base'

const traceBytes = 16
const spanBytes = 8
/** Random bytes are drawn for many ids at once: a draw costs as much as the rest of a span that is not sampled. */
const poolBytes = 4_096

/** Ids of traces and spans, in hexadecimal digits (W3C Trace Context, sections 3.2.2.3 and 3.2.2.4). */
export class TraceIds implements IdGenerator {
  readonly #pool = Buffer.allocUnsafe(poolBytes)
  #used = poolBytes
  #nextTraceId: string | undefined

  /** The id of the next trace, by which it is decided whether that is sampled. */
  get nextTraceId(): string {
    this.#nextTraceId ??= this.#randomHex(traceBytes)
    return this.#nextTraceId
  }

  generateTraceId(): string {
    const traceId = this.nextTraceId
    this.#nextTraceId = undefined
    return traceId
  }

  generateSpanId(): string {
    return this.#randomHex(spanBytes)
  }

  /** For a span that is not sampled, and begins a trace. */
  unsampled(): SpanContext {
    return { traceId: this.generateTraceId(), spanId: this.generateSpanId(), traceFlags: TraceFlags.NONE }
  }

  #randomHex(bytes: number): string {
    if (this.#used + bytes > poolBytes) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    this.#used += bytes
    return this.#pool.toString('hex', this.#used - bytes, this.#used)
  }
}
