import type { IncomingMessage } from 'node:http'
import type { Log } from '../logging/log.ts'
import type { RequestContext } from '../request-context.ts'
import type { RequestSpan } from '../request-span.ts'

/** Whose spans they are. */
export interface TracedProcess {
  readonly service: string
  readonly instance: string
  readonly log: Log
}

/** Spans of the requests that a service answers. */
export interface Tracing {
  /**
   * Begins the span of a request, as a part of its caller's trace where the request names one. Undefined: the trace
   * would begin here and is not sampled, so that nobody needs to know of it.
   */
  begin(request: IncomingMessage, context: RequestContext): RequestSpan | undefined
  /** Sends what has not been sent yet, which takes two seconds at most. */
  close(): Promise<void>
}
