import type { SpanContext } from '@opentelemetry/api'
import { TraceState } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

/** A span without its functions, which can't be sent to another thread. */
export interface SpanMessage extends Omit<ReadableSpan, 'spanContext' | 'parentSpanContext' | 'resource' | 'links'> {
  readonly context: ContextMessage
  readonly parent: ContextMessage | undefined
}

interface ContextMessage extends Omit<SpanContext, 'traceState'> {
  readonly traceState: string | undefined
}

/** Links are left out: nothing here makes them. */
export function spanMessage(span: ReadableSpan): SpanMessage {
  const { parentSpanContext } = span
  return {
    context: contextMessage(span.spanContext()),
    parent: parentSpanContext && contextMessage(parentSpanContext),
    name: span.name,
    kind: span.kind,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}

export function readableSpan({ context, parent, ...span }: SpanMessage, resource: Resource): ReadableSpan {
  const spanContext = contextOf(context)
  return {
    ...span,
    spanContext: () => spanContext,
    ...(parent && { parentSpanContext: contextOf(parent) }),
    links: [],
    resource,
  }
}

function contextMessage({ traceId, spanId, traceFlags, isRemote, traceState }: SpanContext): ContextMessage {
  const state = traceState?.serialize()
  return { traceId, spanId, traceFlags, ...(isRemote !== undefined && { isRemote }), traceState: state }
}

function contextOf({ traceState, ...context }: ContextMessage): SpanContext {
  return traceState === undefined ? context : { ...context, traceState: new TraceState(traceState) }
}
