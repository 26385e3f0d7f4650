/** The value of a span attribute; undefined: the span has none of this name. */
export type AttributeValue = string | number | undefined
export type Attributes = Readonly<Record<string, AttributeValue>>

export interface RequestSpan {
  /** 32 hexadecimal digits, for log lines. */
  readonly traceId: string
  /** False: it goes nowhere, and what it is told at its end is not looked at. */
  readonly isRecorded: boolean
  /** Begins the span of a call to another system that the request causes. */
  beginCall(name: string): CallSpan
  end(status: number, attributes: Attributes): void
}

export interface CallSpan {
  /** `traceparent` and `tracestate` for the other system: `[name, value, ...]`. */
  readonly headers: readonly string[]
  /** As that of its request. */
  readonly isRecorded: boolean
  end(outcome: CallSpanOutcome): void
}

export interface CallSpanOutcome {
  readonly attributes: Attributes
  /** What happened when, by `performance.now()`. */
  readonly events: Readonly<Record<string, number | undefined>>
  /** Why the call failed, if it did. */
  readonly failure: string | undefined
}
